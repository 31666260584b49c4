"""DeepSeek-R1, its distills and OpenR1: the template of R1 writes the opening tag, that of R1-0528 does not."""

from labkit.traces.families.family import Family, register

DEEPSEEK_R1 = register(Family("deepseek-r1", switch=None, temperature=0.6, top_p=0.95))
