TIMES = 1
WIDTHS = (4, 8)


def halved(widths):
    return [widths[0]] * (sum(widths) // 6)
