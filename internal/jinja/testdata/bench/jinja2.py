#!/usr/bin/python3
"""Times Jinja2 on the templates of the benchmarks: CPU time in microseconds, the least of several rounds."""
import os
import sys
import time

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path = [p for p in sys.path if os.path.abspath(p or '.') != here]
import jinja2  # noqa: E402

sys.path.append(here)
from data import data  # noqa: E402


def best(f, rounds, n):
    times = []
    for _ in range(rounds):
        t = time.process_time()
        for _ in range(n):
            f()
        times.append((time.process_time() - t) / n)
    return min(times) * 1e6


env = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
for name in 'servers', 'loop':
    text = open(os.path.join(here, name + '.j2')).read()
    tmpl = env.from_string(text)
    big, small = data(1000), data(1)
    print('render %s %.0f' % (name, best(lambda: tmpl.render(**big), 15, 5)))

    def first():
        env.cache.clear()
        env.from_string(text).render(**small)
    print('first %s %.0f' % (name, best(first, 15, 3)))
    if len(sys.argv) > 1:
        open(sys.argv[1] + '.' + name, 'w').write(tmpl.render(**big))
