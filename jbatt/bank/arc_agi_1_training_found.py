# ARC-DSL programs that jbatt's own search found (docs/search.md), one for each listed task of ARC-AGI-1's training set.
# Each solves all demo and test pairs of its task; the file is read as text, never executed.


def solve_0520fde7(I):
    x1 = shape(I)
    x2 = canvas(TWO, x1)
    x3 = righthalf(x2)
    x4 = ofcolor(I, ZERO)
    x5 = fill(x3, ZERO, x4)
    x6 = vmirror(x4)
    O = fill(x5, ZERO, x6)
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


def solve_1c786137(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = subgrid(x2, I)
    O = trim(x3)
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
    x1 = width(I)
    x2 = downscale(I, x1)
    x3 = upscale(x2, TWO)
    x4 = asobject(I)
    x5 = color(x4)
    x6 = objects(I, F, T, T)
    x7 = argmax(x6, size)
    x8 = mostcolor(x7)
    O = replace(x3, x5, x8)
    return O


def solve_7b6016b9(I):
    x1 = switch(I, ZERO, TWO)
    x2 = objects(I, T, F, F)
    x3 = argmax(x2, size)
    x4 = fill(x1, THREE, x3)
    x5 = rbind(bordering, I)
    x6 = extract(x2, x5)
    O = fill(x4, THREE, x6)
    return O


def solve_88a62173(I):
    x1 = objects(I, F, T, T)
    x2 = size(x1)
    x3 = downscale(I, x2)
    x4 = righthalf(I)
    x5 = asobject(x4)
    x6 = mostcolor(x5)
    x7 = objects(I, T, F, T)
    x8 = mapply(delta, x7)
    x9 = fill(x3, x6, x8)
    x10 = mapply(ineighbors, x8)
    O = fill(x9, ZERO, x10)
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


def solve_b230c067(I):
    x1 = shape(I)
    x2 = canvas(ONE, x1)
    x3 = partition(I)
    x4 = argmax(x3, size)
    x5 = fill(x2, ZERO, x4)
    x6 = objects(I, F, T, T)
    x7 = argmin(x6, size)
    O = fill(x5, TWO, x7)
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


def solve_ba97ae07(I):
    x1 = objects(I, T, T, T)
    x2 = argmin(x1, size)
    x3 = mostcolor(x2)
    x4 = fgpartition(I)
    x5 = mapply(delta, x4)
    O = fill(I, x3, x5)
    return O


def solve_bda2d7a6(I):
    x1 = mostcolor(I)
    x2 = shape(I)
    x3 = canvas(x1, x2)
    x4 = leastcolor(I)
    x5 = partition(I)
    x6 = argmax(x5, size)
    x7 = fill(x3, x4, x6)
    x8 = objects(I, F, T, T)
    x9 = argmax(x8, size)
    x10 = mostcolor(x9)
    x11 = argmin(x5, size)
    O = fill(x7, x10, x11)
    return O


def solve_c909285e(I):
    x1 = partition(I)
    x2 = argmin(x1, size)
    O = subgrid(x2, I)
    return O


def solve_ce22a75a(I):
    x1 = objects(I, F, T, T)
    x2 = mapply(outbox, x1)
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


def solve_e8593010(I):
    x1 = shape(I)
    x2 = canvas(ONE, x1)
    x3 = partition(I)
    x4 = argmax(x3, size)
    x5 = fill(x2, FIVE, x4)
    x6 = objects(I, T, F, T)
    x7 = sizefilter(x6, TWO)
    x8 = mapply(backdrop, x7)
    x9 = fill(x5, TWO, x8)
    x10 = compose(delta, inbox)
    x11 = mapply(x10, x6)
    O = fill(x9, THREE, x11)
    return O


def solve_ea32f347(I):
    x1 = shape(I)
    x2 = canvas(FOUR, x1)
    x3 = partition(I)
    x4 = argmax(x3, size)
    x5 = fill(x2, ZERO, x4)
    x6 = objects(I, F, T, T)
    x7 = argmax(x6, size)
    x8 = fill(x5, ONE, x7)
    x9 = argmin(x6, size)
    O = fill(x8, TWO, x9)
    return O


def solve_f76d97a5(I):
    x1 = shape(I)
    x2 = canvas(ZERO, x1)
    x3 = palette(I)
    x4 = other(x3, FIVE)
    x5 = ofcolor(I, FIVE)
    O = fill(x2, x4, x5)
    return O


def solve_fcb5c309(I):
    x1 = objects(I, T, T, T)
    x2 = argmax(x1, size)
    x3 = subgrid(x2, I)
    x4 = objects(I, F, T, T)
    x5 = argmax(x4, size)
    x6 = mostcolor(x5)
    x7 = leastcolor(I)
    O = replace(x3, x6, x7)
    return O
