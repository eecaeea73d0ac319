"""The data of the benchmarks; bench_test.go makes the same."""


def data(n):
    return {
        'name': 'example',
        'settings': {'opt%d' % i: 'value %d' % i for i in range(0, 40, 2)},
        'hosts': [{
            'name': 'Host%d.example.org' % i, 'aliases': ['a%d' % i, 'b%d' % i], 'port': 8000 + i % 100, 'ssl': i % 3 == 0,
            'protocols': ['TLSv1.2', 'TLSv1.3'], 'weight': i % 4,
            'locations': [{'path': '/', 'backend': 'app', 'port': i % 50, 'cache': 20}, {'path': '/static', 'backend': 'cdn', 'port': 1}],
        } for i in range(n)],
    }
