# ARC-DSL programs of jbatt's own bank, one for each listed task of ARC-AGI-1's training set.
# Each solves all demo and test pairs of its task; the file is read as text, never executed.

def solve_007bbfb7(I):
    x1 = hconcat(I, I)
    x2 = hconcat(x1, I)
    x3 = vconcat(x2, x2)
    x4 = vconcat(x3, x2)
    x5 = upscale(I, THREE)
    O = cellwise(x5, x4, ZERO)
    return O


def solve_00d62c1b(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, ZERO)
    x3 = rbind(bordering, I)
    x4 = compose(flip, x3)
    x5 = mfilter(x2, x4)
    O = fill(I, FOUR, x5)
    return O


def solve_017c7c7b(I):
    x1 = asobject(I)
    x2 = vperiod(x1)
    x3 = width(I)
    x4 = astuple(x2, x3)
    x5 = crop(I, ORIGIN, x4)
    x6 = vconcat(x5, x5)
    x7 = vconcat(x6, x6)
    x8 = vconcat(x7, x6)
    x9 = astuple(NINE, THREE)
    x10 = crop(x8, ORIGIN, x9)
    O = replace(x10, ONE, TWO)
    return O


def solve_05269061(I):
    x1 = objects(I, T, T, T)
    x2 = merge(x1)
    x3 = double(NINE)
    x4 = invert(x3)
    x5 = interval(x4, x3, ONE)
    x6 = fork(astuple, identity, invert)
    x7 = apply(x6, x5)
    x8 = interval(x4, x3, THREE)
    x9 = apply(tojvec, x8)
    x10 = lbind(shift, x2)
    x11 = prapply(add, x7, x9)
    x12 = mapply(x10, x11)
    O = paint(I, x12)
    return O


def solve_05f2a901(I):
    x1 = objects(I, T, F, T)
    x2 = colorfilter(x1, TWO)
    x3 = first(x2)
    x4 = colorfilter(x1, EIGHT)
    x5 = first(x4)
    x6 = gravitate(x3, x5)
    O = move(I, x3, x6)
    return O


def solve_06df4c85(I):
    x1 = frontiers(I)
    x2 = merge(x1)
    x3 = color(x2)
    x4 = palette(I)
    x5 = remove(ZERO, x4)
    x6 = remove(x3, x5)
    x7 = lbind(ofcolor, I)
    x8 = lbind(prapply, connect)
    x9 = fork(x8, x7, x7)
    x10 = fork(either, vline, hline)
    x11 = rbind(mfilter, x10)
    x12 = compose(x11, x9)
    x13 = fork(recolor, identity, x12)
    x14 = mapply(x13, x6)
    x15 = paint(I, x14)
    x16 = ofcolor(I, x3)
    O = fill(x15, x3, x16)
    return O


def solve_08ed6ac7(I):
    x1 = objects(I, T, F, T)
    x2 = order(x1, size)
    x3 = interval(FOUR, ZERO, NEG_ONE)
    x4 = mpapply(recolor, x3, x2)
    O = paint(I, x4)
    return O


def solve_09629e4f(I):
    x1 = rbind(hsplit, THREE)
    x2 = vsplit(I, THREE)
    x3 = mapply(x1, x2)
    x4 = argmin(x3, numcolors)
    x5 = upscale(x4, FOUR)
    x6 = shape(I)
    x7 = crop(x5, ORIGIN, x6)
    x8 = ofcolor(I, FIVE)
    O = fill(x7, FIVE, x8)
    return O


def solve_0962bcdd(I):
    x1 = leastcolor(I)
    x2 = ofcolor(I, x1)
    x3 = mapply(ineighbors, x2)
    x4 = palette(I)
    x5 = remove(ZERO, x4)
    x6 = remove(x1, x5)
    x7 = first(x6)
    x8 = mapply(ineighbors, x3)
    x9 = fill(I, x1, x8)
    x10 = ofcolor(I, x7)
    x11 = mapply(dneighbors, x10)
    x12 = fill(x9, x7, x11)
    x13 = combine(x2, x3)
    O = fill(x12, x1, x13)
    return O


def solve_0a938d79(I):
    x1 = portrait(I)
    x2 = branch(x1, dmirror, identity)
    x3 = x2(I)
    x4 = fgpartition(x3)
    x5 = merge(x4)
    x6 = width(x5)
    x7 = decrement(x6)
    x8 = double(x7)
    x9 = compose(vfrontier, ulcorner)
    x10 = fork(recolor, color, x9)
    x11 = mapply(x10, x4)
    x12 = width(x3)
    x13 = interval(ZERO, x12, x8)
    x14 = apply(tojvec, x13)
    x15 = lbind(shift, x11)
    x16 = mapply(x15, x14)
    x17 = paint(x3, x16)
    O = x2(x17)
    return O


def solve_0b148d64(I):
    x1 = leastcolor(I)
    x2 = ofcolor(I, x1)
    O = subgrid(x2, I)
    return O


def solve_0ca9ddb6(I):
    x1 = ofcolor(I, ONE)
    x2 = mapply(dneighbors, x1)
    x3 = fill(I, SEVEN, x2)
    x4 = ofcolor(I, TWO)
    x5 = mapply(ineighbors, x4)
    O = fill(x3, FOUR, x5)
    return O


def solve_0d3d703e(I):
    x1 = switch(I, ONE, FIVE)
    x2 = switch(x1, TWO, SIX)
    x3 = switch(x2, THREE, FOUR)
    O = switch(x3, EIGHT, NINE)
    return O


def solve_10fcaaa3(I):
    x1 = hconcat(I, I)
    x2 = vconcat(x1, x1)
    x3 = fgpartition(x2)
    x4 = merge(x3)
    x5 = toindices(x4)
    x6 = mapply(ineighbors, x5)
    O = underfill(x2, EIGHT, x6)
    return O


def solve_11852cab(I):
    x1 = objects(I, F, T, T)
    x2 = merge(x1)
    x3 = dmirror(x2)
    x4 = combine(x2, x3)
    x5 = paint(I, x4)
    x6 = vmirror(x4)
    x7 = paint(x5, x6)
    x8 = hmirror(x4)
    x9 = paint(x7, x8)
    x10 = hmirror(x6)
    O = paint(x9, x10)
    return O


def solve_1190e5a7(I):
    x1 = frontiers(I)
    x2 = sfilter(x1, hline)
    x3 = size(x2)
    x4 = increment(x3)
    x5 = sfilter(x1, vline)
    x6 = size(x5)
    x7 = increment(x6)
    x8 = mostcolor(I)
    x9 = astuple(x4, x7)
    O = canvas(x8, x9)
    return O


def solve_137eaa0f(I):
    x1 = objects(I, F, T, T)
    x2 = matcher(first, FIVE)
    x3 = rbind(sfilter, x2)
    x4 = chain(invert, ulcorner, x3)
    x5 = fork(shift, identity, x4)
    x6 = mapply(x5, x1)
    x7 = canvas(ZERO, THREE_BY_THREE)
    x8 = shift(x6, UNITY)
    O = paint(x7, x8)
    return O


def solve_178fcbfb(I):
    x1 = ofcolor(I, TWO)
    x2 = mapply(vfrontier, x1)
    x3 = fill(I, TWO, x2)
    x4 = ofcolor(I, ONE)
    x5 = mapply(hfrontier, x4)
    x6 = fill(x3, ONE, x5)
    x7 = ofcolor(I, THREE)
    x8 = mapply(hfrontier, x7)
    O = fill(x6, THREE, x8)
    return O


def solve_1bfc4729(I):
    x1 = tophalf(I)
    x2 = leastcolor(x1)
    x3 = bottomhalf(I)
    x4 = leastcolor(x3)
    x5 = asindices(I)
    x6 = box(x5)
    x7 = fill(I, x2, x6)
    x8 = hfrontier(TWO_BY_ZERO)
    x9 = fill(x7, x2, x8)
    x10 = tophalf(x9)
    x11 = hmirror(x10)
    x12 = replace(x11, x2, x4)
    O = vconcat(x10, x12)
    return O


def solve_1caeab9d(I):
    x1 = objects(I, T, T, T)
    x2 = ofcolor(I, ONE)
    x3 = lowermost(x2)
    x4 = lbind(subtract, x3)
    x5 = chain(toivec, x4, lowermost)
    x6 = fork(shift, identity, x5)
    x7 = merge(x1)
    x8 = cover(I, x7)
    x9 = mapply(x6, x1)
    O = paint(x8, x9)
    return O


def solve_1cf80156(I):
    O = compress(I)
    return O


def solve_1e0a9b12(I):
    x1 = rbind(order, positive)
    x2 = dmirror(I)
    x3 = apply(x1, x2)
    O = dmirror(x3)
    return O


def solve_1e32b0e9(I):
    x1 = frontiers(I)
    x2 = merge(x1)
    x3 = color(x2)
    x4 = add(FIVE, ORIGIN)
    x5 = canvas(ZERO, x4)
    x6 = asindices(x5)
    x7 = ofcolor(I, ZERO)
    x8 = difference(x6, x7)
    x9 = width(I)
    x10 = interval(ZERO, x9, SIX)
    x11 = lbind(shift, x8)
    x12 = product(x10, x10)
    x13 = mapply(x11, x12)
    O = underfill(I, x3, x13)
    return O


def solve_1f642eb9(I):
    x1 = objects(I, T, F, T)
    x2 = colorfilter(x1, EIGHT)
    x3 = first(x2)
    x4 = rbind(gravitate, x3)
    x5 = compose(crement, x4)
    x6 = fork(shift, identity, x5)
    x7 = remove(x3, x1)
    x8 = mapply(x6, x7)
    O = paint(I, x8)
    return O


def solve_1f876c06(I):
    x1 = fork(connect, first, last)
    x2 = chain(x1, totuple, toindices)
    x3 = fork(recolor, color, x2)
    x4 = fgpartition(I)
    x5 = mapply(x3, x4)
    O = paint(I, x5)
    return O


def solve_1fad071e(I):
    x1 = objects(I, T, F, T)
    x2 = colorfilter(x1, ONE)
    x3 = sizefilter(x2, FOUR)
    x4 = size(x3)
    x5 = astuple(ONE, x4)
    x6 = canvas(ONE, x5)
    x7 = subtract(FIVE, x4)
    x8 = astuple(ONE, x7)
    x9 = canvas(ZERO, x8)
    O = hconcat(x6, x9)
    return O


def solve_2013d3e2(I):
    x1 = fgpartition(I)
    x2 = merge(x1)
    x3 = subgrid(x2, I)
    x4 = lefthalf(x3)
    O = tophalf(x4)
    return O


def solve_2204b7a8(I):
    x1 = objects(I, T, F, T)
    x2 = argmax(x1, size)
    x3 = vline(x2)
    x4 = branch(x3, identity, dmirror)
    x5 = x4(I)
    x6 = lefthalf(x5)
    x7 = index(x5, ORIGIN)
    x8 = replace(x6, THREE, x7)
    x9 = righthalf(x5)
    x10 = vmirror(x5)
    x11 = index(x10, ORIGIN)
    x12 = replace(x9, THREE, x11)
    x13 = hconcat(x8, x12)
    O = x4(x13)
    return O


def solve_22168020(I):
    x1 = lbind(ofcolor, I)
    x2 = lbind(prapply, connect)
    x3 = fork(x2, x1, x1)
    x4 = rbind(mfilter, hline)
    x5 = compose(x4, x3)
    x6 = fork(recolor, identity, x5)
    x7 = palette(I)
    x8 = remove(ZERO, x7)
    x9 = mapply(x6, x8)
    O = paint(I, x9)
    return O


def solve_2281f1f4(I):
    x1 = ofcolor(I, FIVE)
    x2 = mapply(vfrontier, x1)
    x3 = mapply(hfrontier, x1)
    x4 = intersection(x2, x3)
    x5 = urcorner(x4)
    x6 = remove(x5, x4)
    O = underfill(I, TWO, x6)
    return O


def solve_22eb0ac0(I):
    x1 = lbind(ofcolor, I)
    x2 = lbind(prapply, connect)
    x3 = fork(x2, x1, x1)
    x4 = rbind(mfilter, hline)
    x5 = compose(x4, x3)
    x6 = fork(recolor, identity, x5)
    x7 = palette(I)
    x8 = remove(ZERO, x7)
    x9 = mapply(x6, x8)
    O = paint(I, x9)
    return O


def solve_23581191(I):
    x1 = fgpartition(I)
    x2 = merge(x1)
    x3 = toindices(x2)
    x4 = compose(vfrontier, ulcorner)
    x5 = compose(hfrontier, ulcorner)
    x6 = fork(combine, x4, x5)
    x7 = fork(recolor, color, x6)
    x8 = mapply(x7, x1)
    x9 = paint(I, x8)
    x10 = mapply(vfrontier, x3)
    x11 = mapply(hfrontier, x3)
    x12 = intersection(x10, x11)
    x13 = difference(x12, x3)
    O = fill(x9, TWO, x13)
    return O


def solve_239be575(I):
    x1 = objects(I, F, T, T)
    x2 = lbind(contained, TWO)
    x3 = compose(x2, palette)
    x4 = sfilter(x1, x3)
    x5 = size(x4)
    x6 = equality(x5, ONE)
    x7 = branch(x6, EIGHT, ZERO)
    O = canvas(x7, UNITY)
    return O


def solve_23b5c85d(I):
    x1 = objects(I, T, T, T)
    x2 = argmin(x1, size)
    O = subgrid(x2, I)
    return O


def solve_253bf280(I):
    x1 = ofcolor(I, EIGHT)
    x2 = prapply(connect, x1, x1)
    x3 = fork(either, vline, hline)
    x4 = mfilter(x2, x3)
    O = underfill(I, THREE, x4)
    return O


def solve_25d487eb(I):
    x1 = leastcolor(I)
    x2 = ofcolor(I, x1)
    x3 = fgpartition(I)
    x4 = merge(x3)
    x5 = position(x2, x4)
    x6 = first(x2)
    x7 = shoot(x6, x5)
    O = underfill(I, x1, x7)
    return O


def solve_25d8a9c8(I):
    x1 = shape(I)
    x2 = canvas(ZERO, x1)
    x3 = frontiers(I)
    x4 = mfilter(x3, hline)
    O = fill(x2, FIVE, x4)
    return O


def solve_272f95fa(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, ZERO)
    x3 = rbind(bordering, I)
    x4 = compose(flip, x3)
    x5 = extract(x2, x4)
    x6 = rbind(vmatching, x5)
    x7 = sfilter(x2, x6)
    x8 = rbind(hmatching, x5)
    x9 = sfilter(x2, x8)
    x10 = argmin(x7, uppermost)
    x11 = fill(I, TWO, x10)
    x12 = argmax(x7, lowermost)
    x13 = fill(x11, ONE, x12)
    x14 = argmin(x9, leftmost)
    x15 = fill(x13, FOUR, x14)
    x16 = argmax(x9, rightmost)
    x17 = fill(x15, THREE, x16)
    O = fill(x17, SIX, x5)
    return O


def solve_27a28665(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, ZERO)
    x3 = difference(x1, x2)
    x4 = size(x3)
    x5 = equality(x4, ONE)
    x6 = branch(x5, SIX, ONE)
    x7 = equality(x4, TWO)
    x8 = branch(x7, THREE, x6)
    x9 = equality(x4, FIVE)
    x10 = branch(x9, TWO, x8)
    O = canvas(x10, UNITY)
    return O


def solve_28bf18c6(I):
    x1 = compress(I)
    O = hconcat(x1, x1)
    return O


def solve_29623171(I):
    x1 = canvas(ZERO, THREE_BY_THREE)
    x2 = asindices(x1)
    x3 = interval(ZERO, TEN, FOUR)
    x4 = lbind(shift, x2)
    x5 = product(x3, x3)
    x6 = apply(x4, x5)
    x7 = leastcolor(I)
    x8 = ofcolor(I, x7)
    x9 = lbind(intersection, x8)
    x10 = compose(size, x9)
    x11 = replace(I, x7, ZERO)
    x12 = valmax(x6, x10)
    x13 = matcher(x10, x12)
    x14 = mfilter(x6, x13)
    O = fill(x11, x7, x14)
    return O


def solve_29c11459(I):
    x1 = compose(hfrontier, ulcorner)
    x2 = fork(recolor, color, x1)
    x3 = objects(I, T, F, T)
    x4 = matcher(leftmost, ZERO)
    x5 = sfilter(x3, x4)
    x6 = difference(x3, x5)
    x7 = mapply(x2, x6)
    x8 = paint(I, x7)
    x9 = mapply(x2, x5)
    x10 = paint(I, x9)
    x11 = lefthalf(x10)
    x12 = asobject(x11)
    x13 = paint(x8, x12)
    x14 = merge(x3)
    x15 = toindices(x14)
    x16 = mapply(hfrontier, x15)
    x17 = asindices(I)
    x18 = center(x17)
    x19 = vfrontier(x18)
    x20 = intersection(x16, x19)
    O = fill(x13, FIVE, x20)
    return O


def solve_2bcee788(I):
    x1 = ofcolor(I, TWO)
    x2 = fgpartition(I)
    x3 = merge(x2)
    x4 = recolor(TWO, x1)
    x5 = difference(x3, x4)
    x6 = vmatching(x5, x1)
    x7 = branch(x6, hmirror, vmirror)
    x8 = position(x5, x1)
    x9 = branch(x6, DOWN, RIGHT)
    x10 = multiply(x8, x9)
    x11 = x7(x5)
    x12 = shape(x5)
    x13 = multiply(x10, x12)
    x14 = shift(x11, x13)
    x15 = paint(I, x14)
    O = replace(x15, ZERO, THREE)
    return O


def solve_2bee17df(I):
    x1 = trim(I)
    x2 = frontiers(x1)
    x3 = colorfilter(x2, ZERO)
    x4 = merge(x3)
    x5 = shift(x4, UNITY)
    O = fill(I, THREE, x5)
    return O


def solve_2c608aff(I):
    x1 = leastcolor(I)
    x2 = objects(I, T, F, T)
    x3 = argmax(x2, size)
    x4 = toindices(x3)
    x5 = ofcolor(I, x1)
    x6 = prapply(connect, x5, x4)
    x7 = fork(either, vline, hline)
    x8 = mfilter(x6, x7)
    O = underfill(I, x1, x8)
    return O


def solve_2dc579da(I):
    x1 = rbind(hsplit, TWO)
    x2 = vsplit(I, TWO)
    x3 = mapply(x1, x2)
    O = argmax(x3, numcolors)
    return O


def solve_2dee498d(I):
    x1 = hsplit(I, THREE)
    O = first(x1)
    return O


def solve_31aa019c(I):
    x1 = leastcolor(I)
    x2 = ofcolor(I, x1)
    x3 = shape(I)
    x4 = canvas(ZERO, x3)
    x5 = fill(x4, x1, x2)
    x6 = first(x2)
    x7 = neighbors(x6)
    O = fill(x5, TWO, x7)
    return O


def solve_321b1fc6(I):
    x1 = objects(I, F, F, T)
    x2 = argmax(x1, numcolors)
    x3 = normalize(x2)
    x4 = lbind(shift, x3)
    x5 = compose(x4, ulcorner)
    x6 = cover(I, x2)
    x7 = remove(x2, x1)
    x8 = mapply(x5, x7)
    O = paint(x6, x8)
    return O


def solve_32597951(I):
    x1 = ofcolor(I, ONE)
    x2 = ofcolor(I, EIGHT)
    x3 = delta(x2)
    x4 = intersection(x1, x3)
    O = fill(I, THREE, x4)
    return O


def solve_3618c87e(I):
    x1 = replace(I, ONE, ZERO)
    x2 = ofcolor(I, ONE)
    x3 = shift(x2, TWO_BY_ZERO)
    O = fill(x1, ONE, x3)
    return O


def solve_3631a71a(I):
    x1 = matcher(first, ZERO)
    x2 = compose(flip, x1)
    x3 = rbind(sfilter, x2)
    x4 = compose(x3, asobject)
    x5 = replace(I, NINE, ZERO)
    x6 = dmirror(x5)
    x7 = x4(x6)
    x8 = paint(x5, x7)
    x9 = shape(I)
    x10 = subtract(x9, TWO_BY_TWO)
    x11 = crop(x8, TWO_BY_TWO, x10)
    x12 = vmirror(x11)
    x13 = x4(x12)
    x14 = paint(x11, x13)
    x15 = hmirror(x14)
    x16 = x4(x15)
    x17 = paint(x14, x16)
    x18 = asobject(x17)
    x19 = shift(x18, TWO_BY_TWO)
    x20 = paint(x8, x19)
    x21 = dmirror(x20)
    x22 = x4(x21)
    O = paint(x20, x22)
    return O


def solve_363442ee(I):
    x1 = crop(I, ORIGIN, THREE_BY_THREE)
    x2 = asobject(x1)
    x3 = lbind(shift, x2)
    x4 = compose(x3, decrement)
    x5 = ofcolor(I, ONE)
    x6 = mapply(x4, x5)
    O = paint(I, x6)
    return O


def solve_3906de3d(I):
    x1 = lbind(equality, ZERO)
    x2 = rbind(order, x1)
    x3 = dmirror(I)
    x4 = apply(x2, x3)
    O = dmirror(x4)
    return O


def solve_39a8645d(I):
    x1 = objects(I, T, T, T)
    x2 = totuple(x1)
    x3 = apply(color, x2)
    x4 = mostcommon(x3)
    x5 = colorfilter(x1, x4)
    x6 = first(x5)
    O = subgrid(x6, I)
    return O


def solve_3aa6fb7a(I):
    x1 = objects(I, T, T, T)
    x2 = mapply(delta, x1)
    O = fill(I, ONE, x2)
    return O


def solve_3ac3eb23(I):
    x1 = objects(I, T, F, T)
    x2 = compose(ineighbors, ulcorner)
    x3 = fork(recolor, color, x2)
    x4 = mapply(x3, x1)
    x5 = paint(I, x4)
    x6 = vsplit(x5, THREE)
    x7 = first(x6)
    x8 = vconcat(x7, x7)
    O = vconcat(x8, x7)
    return O


def solve_3bd67248(I):
    x1 = asindices(I)
    x2 = llcorner(x1)
    x3 = shoot(x2, UP_RIGHT)
    x4 = underfill(I, TWO, x3)
    x5 = shoot(x2, RIGHT)
    O = underfill(x4, FOUR, x5)
    return O


def solve_3bdb4ada(I):
    x1 = multiply(THREE, TEN)
    x2 = interval(ONE, x1, TWO)
    x3 = initset(ONE)
    x4 = product(x3, x2)
    x5 = lbind(shift, x4)
    x6 = compose(x5, ulcorner)
    x7 = fork(intersection, toindices, x6)
    x8 = objects(I, T, F, T)
    x9 = mapply(x7, x8)
    O = fill(I, ZERO, x9)
    return O


def solve_3c9b0459(I):
    O = rot180(I)
    return O


def solve_3de23699(I):
    x1 = fgpartition(I)
    x2 = sizefilter(x1, FOUR)
    x3 = first(x2)
    x4 = subgrid(x3, I)
    x5 = trim(x4)
    x6 = other(x1, x3)
    x7 = color(x6)
    x8 = color(x3)
    O = replace(x5, x7, x8)
    return O


def solve_3f7978a0(I):
    x1 = ofcolor(I, FIVE)
    x2 = shift(x1, UP)
    x3 = shift(x1, DOWN)
    x4 = combine(x2, x3)
    O = subgrid(x4, I)
    return O


def solve_40853293(I):
    x1 = fork(connect, ulcorner, lrcorner)
    x2 = fork(recolor, color, x1)
    x3 = fgpartition(I)
    x4 = apply(x2, x3)
    x5 = mfilter(x4, hline)
    x6 = paint(I, x5)
    x7 = mfilter(x4, vline)
    O = paint(x6, x7)
    return O


def solve_4093f84a(I):
    x1 = ofcolor(I, FIVE)
    x2 = portrait(x1)
    x3 = branch(x2, dmirror, identity)
    x4 = x3(I)
    x5 = leastcolor(I)
    x6 = replace(x4, x5, FIVE)
    x7 = rbind(order, positive)
    x8 = tophalf(x6)
    x9 = dmirror(x8)
    x10 = apply(x7, x9)
    x11 = dmirror(x10)
    x12 = lbind(equality, ZERO)
    x13 = rbind(order, x12)
    x14 = bottomhalf(x6)
    x15 = dmirror(x14)
    x16 = apply(x13, x15)
    x17 = dmirror(x16)
    x18 = vconcat(x11, x17)
    O = x3(x18)
    return O


def solve_41e4d17e(I):
    x1 = objects(I, T, F, T)
    x2 = apply(center, x1)
    x3 = mapply(vfrontier, x2)
    x4 = mapply(hfrontier, x2)
    x5 = combine(x3, x4)
    O = underfill(I, SIX, x5)
    return O


def solve_4258a5f9(I):
    x1 = objects(I, T, T, T)
    x2 = mapply(inbox, x1)
    O = fill(I, ONE, x2)
    return O


def solve_42a50994(I):
    x1 = objects(I, T, T, T)
    x2 = sizefilter(x1, ONE)
    x3 = merge(x2)
    O = cover(I, x3)
    return O


def solve_4347f46a(I):
    x1 = fork(difference, toindices, box)
    x2 = objects(I, T, F, T)
    x3 = mapply(x1, x2)
    O = fill(I, ZERO, x3)
    return O


def solve_444801d8(I):
    x1 = objects(I, T, F, T)
    x2 = colorfilter(x1, ONE)
    x3 = rbind(toobject, I)
    x4 = chain(leastcolor, x3, backdrop)
    x5 = rbind(shift, UP)
    x6 = fork(connect, ulcorner, urcorner)
    x7 = compose(x5, x6)
    x8 = fork(combine, delta, x7)
    x9 = fork(recolor, x4, x8)
    x10 = mapply(x9, x2)
    O = paint(I, x10)
    return O


def solve_44d8ac46(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, ZERO)
    x3 = mfilter(x2, square)
    O = fill(I, TWO, x3)
    return O


def solve_44f52bb0(I):
    x1 = vmirror(I)
    x2 = equality(I, x1)
    x3 = branch(x2, ONE, SEVEN)
    O = canvas(x3, UNITY)
    return O


def solve_4522001f(I):
    x1 = replace(I, TWO, THREE)
    x2 = ofcolor(x1, THREE)
    x3 = ulcorner(x2)
    x4 = multiply(FOUR, UNITY)
    x5 = canvas(ZERO, x4)
    x6 = asindices(x5)
    x7 = initset(x4)
    x8 = insert(ORIGIN, x7)
    x9 = toivec(FOUR)
    x10 = tojvec(FOUR)
    x11 = initset(x10)
    x12 = insert(x9, x11)
    x13 = first(x3)
    x14 = last(x3)
    x15 = equality(x13, x14)
    x16 = branch(x15, x8, x12)
    x17 = lbind(shift, x6)
    x18 = mapply(x17, x16)
    x19 = shift(x18, x3)
    x20 = multiply(NINE, UNITY)
    x21 = canvas(ZERO, x20)
    O = fill(x21, THREE, x19)
    return O


def solve_46442a0e(I):
    x1 = rot90(I)
    x2 = hconcat(I, x1)
    x3 = rot270(I)
    x4 = rot180(I)
    x5 = hconcat(x3, x4)
    O = vconcat(x2, x5)
    return O


def solve_46f33fce(I):
    x1 = rot180(I)
    x2 = downscale(x1, TWO)
    x3 = rot180(x2)
    O = upscale(x3, FOUR)
    return O


def solve_47c1f68c(I):
    x1 = lefthalf(I)
    x2 = tophalf(x1)
    x3 = leastcolor(x2)
    x4 = frontiers(I)
    x5 = merge(x4)
    x6 = color(x5)
    x7 = replace(x2, x3, x6)
    x8 = vmirror(x7)
    x9 = hconcat(x7, x8)
    x10 = hmirror(x9)
    O = vconcat(x9, x10)
    return O


def solve_48d8fb45(I):
    x1 = objects(I, F, T, T)
    x2 = lbind(contained, FIVE)
    x3 = compose(x2, palette)
    x4 = extract(x1, x3)
    x5 = matcher(first, FIVE)
    x6 = compose(flip, x5)
    x7 = sfilter(x4, x6)
    O = subgrid(x7, I)
    return O


def solve_4938f0c2(I):
    x1 = fgpartition(I)
    x2 = merge(x1)
    x3 = matcher(first, THREE)
    x4 = rbind(sfilter, x3)
    x5 = chain(ulcorner, x4, identity)
    x6 = x5(x2)
    x7 = vmirror(x2)
    x8 = x5(x7)
    x9 = subtract(x6, x8)
    x10 = shift(x7, x9)
    x11 = combine(x2, x10)
    x12 = hmirror(x11)
    x13 = paint(I, x11)
    x14 = x5(x12)
    x15 = subtract(x6, x14)
    x16 = shift(x12, x15)
    O = paint(x13, x16)
    return O


def solve_496994bd(I):
    x1 = hmirror(I)
    x2 = asobject(x1)
    x3 = matcher(first, ZERO)
    x4 = compose(flip, x3)
    x5 = sfilter(x2, x4)
    O = paint(I, x5)
    return O


def solve_49d1d64f(I):
    x1 = asobject(I)
    x2 = lbind(shift, x1)
    x3 = shape(I)
    x4 = add(x3, TWO)
    x5 = canvas(ZERO, x4)
    x6 = x2(RIGHT)
    x7 = paint(x5, x6)
    x8 = x2(DOWN)
    x9 = paint(x7, x8)
    x10 = add(UNITY, DOWN)
    x11 = x2(x10)
    x12 = paint(x9, x11)
    x13 = add(UNITY, RIGHT)
    x14 = x2(x13)
    x15 = paint(x12, x14)
    x16 = x2(UNITY)
    O = paint(x15, x16)
    return O


def solve_4be741c5(I):
    x1 = first(I)
    x2 = repeat(x1, ONE)
    x3 = numcolors(x2)
    x4 = equality(x3, ONE)
    x5 = branch(x4, dmirror, identity)
    x6 = x5(I)
    x7 = first(x6)
    x8 = dedupe(x7)
    x9 = repeat(x8, ONE)
    O = x5(x9)
    return O


def solve_4c4377d9(I):
    x1 = hmirror(I)
    O = vconcat(x1, I)
    return O


def solve_4c5c2cf0(I):
    x1 = fgpartition(I)
    x2 = merge(x1)
    x3 = fork(equality, identity, vmirror)
    x4 = extract(x1, x3)
    x5 = color(x4)
    x6 = matcher(first, x5)
    x7 = rbind(sfilter, x6)
    x8 = compose(ulcorner, x7)
    x9 = x8(x2)
    x10 = vmirror(x2)
    x11 = x8(x10)
    x12 = subtract(x9, x11)
    x13 = shift(x10, x12)
    x14 = combine(x2, x13)
    x15 = hmirror(x14)
    x16 = paint(I, x14)
    x17 = x8(x15)
    x18 = subtract(x9, x17)
    x19 = shift(x15, x18)
    O = paint(x16, x19)
    return O


def solve_50cb2852(I):
    x1 = compose(backdrop, inbox)
    x2 = objects(I, T, F, T)
    x3 = mapply(x1, x2)
    O = fill(I, EIGHT, x3)
    return O


def solve_5117e062(I):
    x1 = objects(I, F, T, T)
    x2 = argmax(x1, numcolors)
    x3 = subgrid(x2, I)
    x4 = mostcolor(x2)
    O = replace(x3, EIGHT, x4)
    return O


def solve_5168d44c(I):
    x1 = ofcolor(I, TWO)
    x2 = ofcolor(I, THREE)
    x3 = portrait(x2)
    x4 = branch(x3, TWO_BY_ZERO, ZERO_BY_TWO)
    x5 = replace(I, TWO, ZERO)
    x6 = shift(x1, x4)
    O = fill(x5, TWO, x6)
    return O


def solve_543a7ed5(I):
    x1 = objects(I, T, F, T)
    x2 = colorfilter(x1, SIX)
    x3 = mapply(outbox, x2)
    x4 = fill(I, THREE, x3)
    x5 = mapply(delta, x2)
    O = fill(x4, FOUR, x5)
    return O


def solve_54d82841(I):
    x1 = objects(I, T, F, T)
    x2 = apply(center, x1)
    x3 = mapply(vfrontier, x2)
    x4 = asindices(I)
    x5 = llcorner(x4)
    x6 = hfrontier(x5)
    x7 = intersection(x3, x6)
    O = fill(I, FOUR, x7)
    return O


def solve_54d9e175(I):
    x1 = rbind(add, FIVE)
    x2 = compose(x1, color)
    x3 = compose(backdrop, outbox)
    x4 = fork(recolor, x2, x3)
    x5 = objects(I, T, F, T)
    x6 = sizefilter(x5, ONE)
    x7 = mapply(x4, x6)
    x8 = paint(I, x7)
    x9 = ofcolor(I, FIVE)
    O = fill(x8, FIVE, x9)
    return O


def solve_5521c0d9(I):
    x1 = objects(I, T, F, T)
    x2 = chain(toivec, invert, height)
    x3 = fork(shift, identity, x2)
    x4 = merge(x1)
    x5 = cover(I, x4)
    x6 = mapply(x3, x1)
    O = paint(x5, x6)
    return O


def solve_5582e5ca(I):
    x1 = asobject(I)
    O = cover(I, x1)
    return O


def solve_5614dbcf(I):
    x1 = replace(I, FIVE, ZERO)
    O = downscale(x1, THREE)
    return O


def solve_56dc2b01(I):
    x1 = objects(I, T, F, T)
    x2 = colorfilter(x1, TWO)
    x3 = first(x2)
    x4 = objects(I, T, T, T)
    x5 = colorfilter(x4, THREE)
    x6 = first(x5)
    x7 = position(x3, x6)
    x8 = hline(x3)
    x9 = branch(x8, DOWN, RIGHT)
    x10 = multiply(x7, x9)
    x11 = gravitate(x6, x3)
    x12 = move(I, x6, x11)
    x13 = shape(x6)
    x14 = increment(x13)
    x15 = multiply(x10, x14)
    x16 = shift(x3, x15)
    O = fill(x12, EIGHT, x16)
    return O


def solve_56ff96f3(I):
    x1 = fork(recolor, color, backdrop)
    x2 = fgpartition(I)
    x3 = mapply(x1, x2)
    O = paint(I, x3)
    return O


def solve_5bd6f4ac(I):
    x1 = tojvec(SIX)
    O = crop(I, x1, THREE_BY_THREE)
    return O


def solve_5c0a986e(I):
    x1 = ofcolor(I, ONE)
    x2 = ulcorner(x1)
    x3 = shoot(x2, NEG_UNITY)
    x4 = fill(I, ONE, x3)
    x5 = ofcolor(I, TWO)
    x6 = lrcorner(x5)
    x7 = shoot(x6, UNITY)
    O = fill(x4, TWO, x7)
    return O


def solve_60b61512(I):
    x1 = objects(I, T, T, T)
    x2 = mapply(delta, x1)
    O = fill(I, SEVEN, x2)
    return O


def solve_6150a2bd(I):
    O = rot180(I)
    return O


def solve_623ea044(I):
    x1 = leastcolor(I)
    x2 = ofcolor(I, x1)
    x3 = first(x2)
    x4 = shoot(x3, UNITY)
    x5 = shoot(x3, NEG_UNITY)
    x6 = combine(x4, x5)
    x7 = shoot(x3, UP_RIGHT)
    x8 = shoot(x3, DOWN_LEFT)
    x9 = combine(x7, x8)
    x10 = combine(x6, x9)
    O = fill(I, x1, x10)
    return O


def solve_62c24649(I):
    x1 = vmirror(I)
    x2 = hconcat(I, x1)
    x3 = hmirror(x2)
    O = vconcat(x2, x3)
    return O


def solve_63613498(I):
    x1 = crop(I, ORIGIN, THREE_BY_THREE)
    x2 = asindices(x1)
    x3 = ofcolor(x1, ZERO)
    x4 = difference(x2, x3)
    x5 = normalize(x4)
    x6 = objects(I, T, F, T)
    x7 = compose(normalize, toindices)
    x8 = matcher(x7, x5)
    x9 = mfilter(x6, x8)
    x10 = fill(I, FIVE, x9)
    x11 = asobject(x1)
    O = paint(x10, x11)
    return O


def solve_6430c8c4(I):
    x1 = tophalf(I)
    x2 = ofcolor(x1, ZERO)
    x3 = bottomhalf(I)
    x4 = ofcolor(x3, ZERO)
    x5 = shape(x1)
    x6 = canvas(ZERO, x5)
    x7 = intersection(x2, x4)
    O = fill(x6, THREE, x7)
    return O


def solve_6455b5f5(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, ZERO)
    x3 = argmax(x2, size)
    x4 = fill(I, ONE, x3)
    x5 = valmin(x2, size)
    x6 = sizefilter(x2, x5)
    x7 = merge(x6)
    O = fill(x4, EIGHT, x7)
    return O


def solve_662c240a(I):
    x1 = vsplit(I, THREE)
    x2 = fork(equality, identity, dmirror)
    x3 = compose(flip, x2)
    O = extract(x1, x3)
    return O


def solve_67385a82(I):
    x1 = objects(I, T, F, F)
    x2 = colorfilter(x1, THREE)
    x3 = rbind(greater, TWO)
    x4 = compose(x3, size)
    x5 = mfilter(x2, x4)
    O = fill(I, EIGHT, x5)
    return O


def solve_6773b310(I):
    x1 = rbind(hsplit, THREE)
    x2 = vsplit(I, THREE)
    x3 = apply(x1, x2)
    x4 = rbind(colorcount, SIX)
    x5 = lbind(apply, x4)
    x6 = apply(x5, x3)
    x7 = replace(x6, ONE, ZERO)
    O = replace(x7, TWO, ONE)
    return O


def solve_67a3c6ac(I):
    O = vmirror(I)
    return O


def solve_67a423a3(I):
    x1 = leastcolor(I)
    x2 = fgpartition(I)
    x3 = merge(x2)
    x4 = toindices(x3)
    x5 = ofcolor(I, x1)
    x6 = difference(x4, x5)
    x7 = backdrop(x5)
    x8 = backdrop(x6)
    x9 = intersection(x7, x8)
    x10 = first(x9)
    x11 = neighbors(x10)
    O = fill(I, FOUR, x11)
    return O


def solve_67e8384a(I):
    x1 = vmirror(I)
    x2 = hconcat(I, x1)
    x3 = hmirror(x2)
    O = vconcat(x2, x3)
    return O


def solve_68b16354(I):
    O = hmirror(I)
    return O


def solve_6b9890af(I):
    x1 = ofcolor(I, TWO)
    x2 = subgrid(x1, I)
    x3 = fgpartition(I)
    x4 = apply(toindices, x3)
    x5 = remove(x1, x4)
    x6 = first(x5)
    x7 = width(x2)
    x8 = subtract(x7, TWO)
    x9 = divide(x8, THREE)
    x10 = toobject(x6, I)
    x11 = normalize(x10)
    x12 = upscale(x11, x9)
    x13 = shift(x12, UNITY)
    O = paint(x2, x13)
    return O


def solve_6c434453(I):
    x1 = objects(I, T, F, T)
    x2 = sizefilter(x1, EIGHT)
    x3 = apply(center, x2)
    x4 = merge(x2)
    x5 = cover(I, x4)
    x6 = mapply(dneighbors, x3)
    x7 = combine(x3, x6)
    O = fill(x5, TWO, x7)
    return O


def solve_6cdd2623(I):
    x1 = leastcolor(I)
    x2 = ofcolor(I, x1)
    x3 = width(I)
    x4 = matcher(width, x3)
    x5 = height(I)
    x6 = matcher(height, x5)
    x7 = fork(either, x4, x6)
    x8 = shape(I)
    x9 = canvas(ZERO, x8)
    x10 = prapply(connect, x2, x2)
    x11 = mfilter(x10, x7)
    O = fill(x9, x1, x11)
    return O


def solve_6d0aefbc(I):
    x1 = vmirror(I)
    O = hconcat(I, x1)
    return O


def solve_6d75e8bb(I):
    x1 = objects(I, T, T, T)
    x2 = mapply(delta, x1)
    O = fill(I, TWO, x2)
    return O


def solve_6f8cd79b(I):
    x1 = objects(I, T, T, F)
    x2 = mapply(box, x1)
    O = fill(I, EIGHT, x2)
    return O


def solve_6fa7a44f(I):
    x1 = hmirror(I)
    O = vconcat(I, x1)
    return O


def solve_7468f01a(I):
    x1 = vmirror(I)
    O = compress(x1)
    return O


def solve_74dd1130(I):
    O = dmirror(I)
    return O


def solve_8be77c9e(I):
    x1 = hmirror(I)
    O = vconcat(I, x1)
    return O


def solve_9172f3a0(I):
    O = upscale(I, THREE)
    return O


def solve_9565186b(I):
    x1 = objects(I, T, T, T)
    x2 = merge(x1)
    O = fill(I, FIVE, x2)
    return O


def solve_9dfd6313(I):
    O = dmirror(I)
    return O


def solve_a416b8f3(I):
    O = hconcat(I, I)
    return O


def solve_b1948b0a(I):
    x1 = ofcolor(I, SIX)
    O = fill(I, TWO, x1)
    return O


def solve_b8825c91(I):
    x1 = rot180(I)
    x2 = asobject(x1)
    x3 = matcher(first, FOUR)
    x4 = compose(flip, x3)
    x5 = sfilter(x2, x4)
    O = paint(I, x5)
    return O


def solve_be94b721(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    O = subgrid(x2, I)
    return O


def solve_c1d99e64(I):
    x1 = frontiers(I)
    x2 = merge(x1)
    O = fill(I, TWO, x2)
    return O


def solve_c59eb873(I):
    O = upscale(I, TWO)
    return O


def solve_c8f0f002(I):
    x1 = ofcolor(I, SEVEN)
    O = fill(I, FIVE, x1)
    return O


def solve_c9e6f938(I):
    x1 = vmirror(I)
    O = hconcat(I, x1)
    return O


def solve_ce4f8723(I):
    x1 = tophalf(I)
    x2 = bottomhalf(I)
    O = cellwise(x1, x2, THREE)
    return O


def solve_d511f180(I):
    O = switch(I, FIVE, EIGHT)
    return O


def solve_dae9d2b5(I):
    x1 = lefthalf(I)
    x2 = righthalf(I)
    O = cellwise(x1, x2, SIX)
    return O


def solve_e3497940(I):
    x1 = vmirror(I)
    x2 = asobject(x1)
    x3 = matcher(first, ZERO)
    x4 = compose(flip, x3)
    x5 = sfilter(x2, x4)
    x6 = paint(I, x5)
    O = lefthalf(x6)
    return O


def solve_e98196ab(I):
    x1 = tophalf(I)
    x2 = bottomhalf(I)
    x3 = asobject(x2)
    x4 = matcher(first, ZERO)
    x5 = compose(flip, x4)
    x6 = sfilter(x3, x5)
    O = paint(x1, x6)
    return O


def solve_ed36ccf7(I):
    O = rot270(I)
    return O


def solve_f25fbde4(I):
    x1 = compress(I)
    O = upscale(x1, TWO)
    return O


def solve_f25ffba3(I):
    x1 = hmirror(I)
    x2 = asobject(x1)
    x3 = matcher(first, ZERO)
    x4 = compose(flip, x3)
    x5 = sfilter(x2, x4)
    O = paint(I, x5)
    return O
