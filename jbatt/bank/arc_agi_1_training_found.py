# ARC-DSL programs that jbatt's own search found (docs/search.md), one for each listed task of ARC-AGI-1's training set.
# Each solves all demo and test pairs of its task; the file is read as text, never executed.


def solve_0520fde7(I):
    x1 = righthalf(I)
    x2 = cellwise(x1, I, ZERO)
    O = replace(x2, ONE, TWO)
    return O


def solve_1b2d62fb(I):
    x1 = shape(I)
    x2 = canvas(EIGHT, x1)
    x3 = dmirror(x2)
    x4 = trim(x3)
    x5 = righthalf(I)
    x6 = ofcolor(x5, NINE)
    x7 = fill(x4, ZERO, x6)
    x8 = ofcolor(I, NINE)
    O = fill(x7, ZERO, x8)
    return O


def solve_1b60fb0c(I):
    x1 = dmirror(I)
    x2 = objects(x1, T, T, T)
    x3 = argmax(x2, size)
    x4 = vmirror(x3)
    O = underfill(I, TWO, x4)
    return O


def solve_1c786137(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = subgrid(x2, I)
    O = trim(x3)
    return O


def solve_1f85a75f(I):
    x1 = partition(I)
    x2 = argmin(x1, size)
    O = subgrid(x2, I)
    return O


def solve_25ff71a9(I):
    x1 = hmirror(I)
    x2 = asobject(I)
    x3 = shift(x2, DOWN)
    O = paint(x1, x3)
    return O


def solve_3428a4f5(I):
    x1 = bottomhalf(I)
    x2 = cellwise(x1, I, THREE)
    O = replace(x2, TWO, ZERO)
    return O


def solve_3af2c5a8(I):
    x1 = hmirror(I)
    x2 = vconcat(I, x1)
    x3 = vmirror(x2)
    O = hconcat(x2, x3)
    return O


def solve_445eab21(I):
    x1 = downscale(I, THREE)
    x2 = trim(x1)
    x3 = objects(I, T, T, T)
    x4 = argmax(x3, size)
    x5 = leastcolor(x4)
    x6 = asobject(I)
    O = fill(x2, x5, x6)
    return O


def solve_6e82a1ae(I):
    x1 = switch(I, ONE, FIVE)
    x2 = objects(I, F, T, T)
    x3 = sizefilter(x2, THREE)
    x4 = mapply(toindices, x3)
    x5 = fill(x1, TWO, x4)
    x6 = sizefilter(x2, TWO)
    x7 = mapply(backdrop, x6)
    O = fill(x5, THREE, x7)
    return O


def solve_7b6016b9(I):
    x1 = switch(I, ZERO, TWO)
    x2 = objects(I, T, F, F)
    x3 = argmax(x2, size)
    x4 = fill(x1, THREE, x3)
    x5 = first(x2)
    O = fill(x4, THREE, x5)
    return O


def solve_7b7f7511(I):
    x1 = portrait(I)
    x2 = bottomhalf(I)
    x3 = righthalf(I)
    O = branch(x1, x2, x3)
    return O


def solve_7e0986d6(I):
    x1 = leastcolor(I)
    x2 = mostcolor(I)
    x3 = replace(I, x1, x2)
    x4 = objects(I, T, T, T)
    x5 = argmax(x4, size)
    x6 = color(x5)
    x7 = mapply(delta, x4)
    x8 = objects(I, F, T, T)
    x9 = mapply(delta, x8)
    x10 = difference(x7, x9)
    O = fill(x3, x6, x10)
    return O


def solve_7fe24cdd(I):
    x1 = rot90(I)
    x2 = hconcat(I, x1)
    x3 = dmirror(I)
    x4 = vmirror(I)
    x5 = hconcat(x3, x4)
    x6 = hmirror(x5)
    O = vconcat(x2, x6)
    return O


def solve_88a62173(I):
    x1 = objects(I, T, T, T)
    x2 = size(x1)
    x3 = downscale(I, x2)
    x4 = objects(I, T, F, T)
    x5 = argmin(x4, size)
    x6 = delta(x5)
    x7 = fill(x3, TWO, x6)
    x8 = mapply(delta, x4)
    x9 = mapply(ineighbors, x8)
    O = fill(x7, ZERO, x9)
    return O


def solve_913fb3ed(I):
    x1 = partition(I)
    x2 = colorfilter(x1, THREE)
    x3 = mapply(inbox, x2)
    x4 = fill(I, SIX, x3)
    x5 = colorfilter(x1, TWO)
    x6 = mapply(inbox, x5)
    x7 = fill(x4, ONE, x6)
    x8 = colorfilter(x1, EIGHT)
    x9 = mapply(inbox, x8)
    O = fill(x7, FOUR, x9)
    return O


def solve_928ad970(I):
    x1 = objects(I, F, T, T)
    x2 = argmax(x1, size)
    x3 = leastcolor(x2)
    x4 = partition(I)
    x5 = argmin(x4, size)
    x6 = inbox(x5)
    O = fill(I, x3, x6)
    return O


def solve_94f9d214(I):
    x1 = fgpartition(I)
    x2 = argmax(x1, size)
    x3 = shape(I)
    x4 = canvas(TWO, x3)
    x5 = subgrid(x2, x4)
    x6 = normalize(x2)
    x7 = fill(x5, ZERO, x6)
    x8 = partition(I)
    x9 = argmin(x8, size)
    x10 = hmirror(x9)
    x11 = delta(x10)
    x12 = fill(x7, ZERO, x11)
    x13 = bottomhalf(I)
    x14 = ofcolor(x13, ONE)
    O = fill(x12, ZERO, x14)
    return O


def solve_9ecd008a(I):
    x1 = objects(I, T, F, T)
    x2 = argmax(x1, size)
    x3 = vmirror(I)
    O = subgrid(x2, x3)
    return O


def solve_a5313dff(I):
    x1 = objects(I, T, F, F)
    x2 = rbind(bordering, I)
    x3 = compose(flip, x2)
    x4 = sfilter(x1, x3)
    x5 = mapply(backdrop, x4)
    O = underfill(I, ONE, x5)
    return O


def solve_a5f85a15(I):
    x1 = leastcolor(I)
    x2 = switch(I, FOUR, x1)
    x3 = objects(I, T, F, T)
    x4 = mapply(backdrop, x3)
    x5 = compose(even, last)
    x6 = sfilter(x4, x5)
    O = fill(x2, x1, x6)
    return O


def solve_a61f2674(I):
    x1 = mostcolor(I)
    x2 = shape(I)
    x3 = canvas(x1, x2)
    x4 = objects(I, F, T, T)
    x5 = argmax(x4, size)
    x6 = fill(x3, ONE, x5)
    x7 = argmin(x4, size)
    O = fill(x6, TWO, x7)
    return O


def solve_a699fb00(I):
    x1 = objects(I, F, T, T)
    x2 = mapply(backdrop, x1)
    x3 = prapply(connect, x2, x2)
    x4 = mfilter(x3, hline)
    O = underfill(I, TWO, x4)
    return O


def solve_a740d043(I):
    x1 = objects(I, T, T, T)
    x2 = merge(x1)
    x3 = subgrid(x2, I)
    O = replace(x3, ONE, ZERO)
    return O


def solve_a79310a0(I):
    x1 = mostcolor(I)
    x2 = shape(I)
    x3 = canvas(x1, x2)
    x4 = rbind(shift, DOWN)
    x5 = objects(I, F, T, T)
    x6 = mapply(x4, x5)
    O = fill(x3, TWO, x6)
    return O


def solve_a85d4709(I):
    x1 = shape(I)
    x2 = canvas(FOUR, x1)
    x3 = righthalf(I)
    x4 = ofcolor(x3, FIVE)
    x5 = mapply(hfrontier, x4)
    x6 = fill(x2, THREE, x5)
    x7 = lefthalf(I)
    x8 = ofcolor(x7, FIVE)
    x9 = mapply(hfrontier, x8)
    O = fill(x6, TWO, x9)
    return O


def solve_a87f7484(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = subgrid(x2, I)
    x4 = colorfilter(x1, SIX)
    x5 = mapply(box, x4)
    x6 = fill(x3, EIGHT, x5)
    x7 = fgpartition(I)
    x8 = argmax(x7, size)
    x9 = color(x8)
    x10 = inbox(x2)
    O = fill(x6, x9, x10)
    return O


def solve_aabf363d(I):
    x1 = leastcolor(I)
    x2 = objects(I, F, T, T)
    x3 = argmax(x2, size)
    x4 = fill(I, x1, x3)
    x5 = mapply(outbox, x2)
    O = fill(x4, ZERO, x5)
    return O


def solve_ac0a08a4(I):
    x1 = objects(I, T, T, T)
    x2 = size(x1)
    O = upscale(I, x2)
    return O


def solve_ae4f1146(I):
    x1 = objects(I, T, T, T)
    x2 = leastcolor(I)
    x3 = colorfilter(x1, x2)
    x4 = argmax(x3, size)
    O = subgrid(x4, I)
    return O


def solve_b230c067(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = fill(I, ONE, x2)
    x4 = argmax(x1, uppermost)
    x5 = fill(x3, ONE, x4)
    x6 = argmin(x1, size)
    O = fill(x5, TWO, x6)
    return O


def solve_b548a754(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = leastcolor(x2)
    x4 = objects(I, F, T, T)
    x5 = mapply(vmirror, x4)
    x6 = box(x5)
    x7 = fill(I, x3, x6)
    x8 = argmax(x4, size)
    x9 = leastcolor(x8)
    x10 = delta(x6)
    O = fill(x7, x9, x10)
    return O


def solve_b60334d2(I):
    x1 = objects(I, F, T, T)
    x2 = mapply(backdrop, x1)
    x3 = mapply(ineighbors, x2)
    x4 = fill(I, FIVE, x3)
    x5 = mapply(dneighbors, x2)
    x6 = fill(x4, ONE, x5)
    O = fill(x6, ZERO, x2)
    return O


def solve_b91ae062(I):
    x1 = fgpartition(I)
    x2 = size(x1)
    O = upscale(I, x2)
    return O


def solve_b94a9452(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = subgrid(x2, I)
    x4 = leastcolor(I)
    x5 = normalize(x2)
    x6 = fill(x3, x4, x5)
    x7 = color(x2)
    x8 = delta(x5)
    O = fill(x6, x7, x8)
    return O


def solve_ba97ae07(I):
    x1 = objects(I, T, T, T)
    x2 = argmin(x1, size)
    x3 = color(x2)
    x4 = fgpartition(I)
    x5 = mapply(delta, x4)
    O = fill(I, x3, x5)
    return O


def solve_bc1d5164(I):
    x1 = tophalf(I)
    x2 = vconcat(x1, I)
    x3 = downscale(x2, THREE)
    x4 = leastcolor(I)
    x5 = righthalf(I)
    x6 = ofcolor(x5, x4)
    x7 = fill(x3, x4, x6)
    x8 = partition(I)
    x9 = mapply(inbox, x8)
    x10 = bottomhalf(I)
    x11 = toobject(x9, x10)
    x12 = leastcolor(x11)
    x13 = compose(even, first)
    x14 = sfilter(x9, x13)
    x15 = fill(x7, x12, x14)
    x16 = argmin(x8, size)
    x17 = hmirror(x16)
    O = fill(x15, x4, x17)
    return O


def solve_bda2d7a6(I):
    x1 = leastcolor(I)
    x2 = mostcolor(I)
    x3 = switch(I, x1, x2)
    x4 = objects(I, T, T, T)
    x5 = argmax(x4, size)
    x6 = fill(x3, x2, x5)
    x7 = color(x5)
    x8 = objects(I, F, T, T)
    x9 = mapply(inbox, x8)
    O = fill(x6, x7, x9)
    return O


def solve_c0f76784(I):
    x1 = mostcolor(I)
    x2 = switch(I, SIX, x1)
    x3 = objects(I, T, F, F)
    x4 = argmax(x3, size)
    x5 = fill(x2, ZERO, x4)
    x6 = objects(I, F, T, T)
    x7 = argmax(x6, size)
    x8 = delta(x7)
    x9 = fill(x5, EIGHT, x8)
    x10 = width(I)
    x11 = sizefilter(x6, x10)
    x12 = mapply(inbox, x11)
    O = fill(x9, SEVEN, x12)
    return O


def solve_c909285e(I):
    x1 = partition(I)
    x2 = argmin(x1, size)
    O = subgrid(x2, I)
    return O


def solve_ce22a75a(I):
    x1 = objects(I, T, T, T)
    x2 = mapply(inbox, x1)
    x3 = fill(I, ONE, x2)
    x4 = mapply(backdrop, x1)
    O = fill(x3, ONE, x4)
    return O


def solve_d5d6de2d(I):
    x1 = mostcolor(I)
    x2 = shape(I)
    x3 = canvas(x1, x2)
    x4 = objects(I, F, T, T)
    x5 = mapply(delta, x4)
    O = fill(x3, THREE, x5)
    return O


def solve_d6ad076f(I):
    x1 = objects(I, F, T, T)
    x2 = mapply(inbox, x1)
    x3 = prapply(connect, x2, x2)
    x4 = mfilter(x3, vline)
    x5 = underfill(I, EIGHT, x4)
    x6 = mfilter(x3, hline)
    O = underfill(x5, EIGHT, x6)
    return O


def solve_dc0a314f(I):
    x1 = objects(I, T, F, T)
    x2 = argmax(x1, size)
    x3 = vmirror(I)
    x4 = hmirror(x3)
    O = subgrid(x2, x4)
    return O


def solve_dc1df850(I):
    x1 = objects(I, T, T, T)
    x2 = colorfilter(x1, TWO)
    x3 = mapply(outbox, x2)
    O = fill(I, ONE, x3)
    return O


def solve_de1cd16c(I):
    x1 = bottomhalf(I)
    x2 = width(I)
    x3 = downscale(x1, x2)
    x4 = objects(I, F, T, T)
    x5 = argmax(x4, size)
    x6 = mostcolor(x5)
    x7 = partition(I)
    x8 = argmin(x7, width)
    x9 = fill(x3, x6, x8)
    x10 = argmax(x7, size)
    O = fill(x9, FOUR, x10)
    return O


def solve_ded97339(I):
    x1 = objects(I, F, T, T)
    x2 = mapply(backdrop, x1)
    x3 = prapply(connect, x2, x2)
    x4 = mfilter(x3, vline)
    x5 = fill(I, EIGHT, x4)
    x6 = mfilter(x3, hline)
    O = fill(x5, EIGHT, x6)
    return O


def solve_e8593010(I):
    x1 = switch(I, ZERO, ONE)
    x2 = objects(I, T, F, T)
    x3 = sizefilter(x2, TWO)
    x4 = mapply(backdrop, x3)
    x5 = fill(x1, TWO, x4)
    x6 = sfilter(x2, square)
    x7 = mapply(backdrop, x6)
    O = fill(x5, THREE, x7)
    return O


def solve_e9afcf9a(I):
    x1 = hmirror(I)
    x2 = objects(I, F, T, T)
    x3 = argmin(x2, size)
    x4 = leastcolor(x3)
    x5 = mapply(backdrop, x2)
    x6 = compose(even, last)
    x7 = sfilter(x5, x6)
    x8 = fill(x1, x4, x7)
    x9 = mostcolor(I)
    x10 = ofcolor(I, x9)
    x11 = sfilter(x10, x6)
    O = fill(x8, x9, x11)
    return O


def solve_ea32f347(I):
    x1 = shape(I)
    x2 = canvas(FOUR, x1)
    x3 = mostcolor(I)
    x4 = ofcolor(I, x3)
    x5 = fill(x2, ZERO, x4)
    x6 = objects(I, F, T, T)
    x7 = argmax(x6, size)
    x8 = fill(x5, ONE, x7)
    x9 = argmin(x6, size)
    O = fill(x8, TWO, x9)
    return O


def solve_f2829549(I):
    x1 = righthalf(I)
    x2 = shape(x1)
    x3 = canvas(THREE, x2)
    x4 = fgpartition(I)
    x5 = apply(normalize, x4)
    x6 = argmax(x5, size)
    x7 = fill(x3, ZERO, x6)
    x8 = ofcolor(I, SEVEN)
    x9 = fill(x7, ZERO, x8)
    x10 = ofcolor(x1, FIVE)
    O = fill(x9, ZERO, x10)
    return O


def solve_f76d97a5(I):
    x1 = leastcolor(I)
    x2 = mostcolor(I)
    x3 = switch(I, x1, x2)
    O = replace(x3, FIVE, ZERO)
    return O


def solve_fafffa47(I):
    x1 = bottomhalf(I)
    x2 = shape(x1)
    x3 = canvas(TWO, x2)
    x4 = ofcolor(I, NINE)
    x5 = fill(x3, ZERO, x4)
    x6 = ofcolor(x1, ONE)
    O = fill(x5, ZERO, x6)
    return O


def solve_fcb5c309(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = subgrid(x2, I)
    x4 = color(x2)
    x5 = leastcolor(I)
    O = replace(x3, x4, x5)
    return O


def solve_ff805c23(I):
    x1 = partition(I)
    x2 = argmin(x1, size)
    x3 = hmirror(I)
    x4 = subgrid(x2, x3)
    O = replace(x4, ONE, SIX)
    return O
