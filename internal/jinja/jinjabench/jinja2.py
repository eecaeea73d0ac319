"""Jinja2's side of the benchmarks. The first line of the input is a JSON dict: the templates and the data by their names.
Then each line asks for something and gets a line:

  render TEMPLATE DATA N   microseconds of CPU for one rendering of the compiled template, the mean of N
  first TEMPLATE DATA N    the same with the compilation in it
  text TEMPLATE DATA       the SHA-256 of the text
  version                  of Jinja2
"""
import hashlib
import json
import sys
import time

import jinja2

work = json.loads(sys.stdin.readline())
env = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
compiled = {name: env.from_string(text) for name, text in work['templates'].items()}


def answer(what, *args):
    if what == 'version':
        return jinja2.__version__
    name, data = args[0], work['data'][args[1]]
    if what == 'text':
        return hashlib.sha256(compiled[name].render(**data).encode()).hexdigest()
    n = int(args[2])
    begin = time.process_time()
    for _ in range(n):
        (compiled[name] if what == 'render' else env.from_string(work['templates'][name])).render(**data)
    return '%.3f' % ((time.process_time() - begin) / n * 1e6)


for line in sys.stdin:
    print(answer(*line.split()), flush=True)
