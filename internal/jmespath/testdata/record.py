"""Makes up expressions and data, and says what jmespath 1.0.1 for Python makes of them, one a line: e(xpression), d(ata), and r(esult as JSON),
the text of a j(mespath error) or of another exception of p(ython):

    python3 record.py SEED COUNT > cases.jsonl

random.jsonl is a choice of 400,000 of them.
"""
import random,json,sys,jmespath
R=random.Random(int(sys.argv[1])); N=int(sys.argv[2])
names=['a','b','c','"d e"','foo']
def val(d=0):
    k=R.randrange(10 if d<3 else 6)
    return [lambda:R.randrange(-3,9),lambda:R.choice([1.5,2.0,-0.5,3.0]),lambda:R.choice(['x','y','abc','','é','1']),lambda:None,lambda:R.choice([True,False]),lambda:R.randrange(3),lambda:[val(d+1) for _ in range(R.randrange(4))],lambda:{n.strip('"'):val(d+1) for n in R.sample(names,R.randrange(5))},lambda:[{n:R.randrange(5) for n in R.sample(['a','b','c'],2)} for _ in range(R.randrange(4))],lambda:R.choice([[3,1,2],['b','a'],[1,2.5],[{'a':1},{'a':2}]])][k]()
F={'abs':1,'avg':1,'ceil':1,'contains':2,'ends_with':2,'floor':1,'join':2,'keys':1,'length':1,'map':2,'max':1,'max_by':2,'merge':2,'min':1,'min_by':2,'not_null':2,'reverse':1,'sort':1,'sort_by':2,'starts_with':2,'sum':1,'to_array':1,'to_number':1,'to_string':1,'type':1,'values':1}
def lit():
    return R.choice(["`1`","`2.5`","'x'","`null`","`true`","`[1,2]`","`x`","''","`{\"a\":1}`","'a'","`\"b\"`","`[[1],[2,[3]]]`","`[true]`","`0`"])
def ex(d=0):
    if d>4: return R.choice(names+['@',lit()])
    k=R.randrange(24)
    if k<4: return R.choice(names)
    if k<6: return ex(d+1)+'.'+R.choice([R.choice(names),'*',R.choice(names),'['+ex(d+2)+']','{'+R.choice(names)+':'+ex(d+2)+'}',fn(d+1)])
    if k<8: return ex(d+1)+R.choice(['[0]','[-1]','[1:]','[::-1]','[*]','[]','[:2]','[?%s]'%ex(d+2),'[5:0:-2]'])
    if k<9: return R.choice(['[0]','[*]','[]','*','[?%s]'%ex(d+2),'[::-1]'])+R.choice(['','.'+R.choice(names),'[0]','[]','[*]'])
    if k<10: return lit()
    if k<11: return '@'
    if k<13: return ex(d+1)+R.choice(['==','!=','<','<=','>','>='])+ex(d+1)
    if k<15: return ex(d+1)+R.choice(['||','&&','|',' | '])+ex(d+1)
    if k<16: return '!'+ex(d+1)
    if k<17: return '('+ex(d+1)+')'
    if k<18: return '['+','.join(ex(d+1) for _ in range(R.randrange(1,4)))+']'
    if k<19: return '{'+','.join(R.choice(names)+':'+ex(d+1) for _ in range(R.randrange(1,3)))+'}'
    return fn(d)
def fn(d):
    f=R.choice(list(F)); n=F[f]
    if R.random()<.03: n+=R.choice([-1,1])
    a=[ex(d+1) for _ in range(n)]
    if f=='map' and n: a[0]='&'+a[0]
    if f in('max_by','min_by','sort_by') and n>1: a[1]='&'+a[1]
    return f+'('+','.join(a)+')'
def mut(e):
    s=list(e)
    for _ in range(R.randrange(1,3)):
        if s and R.random()<.5: del s[R.randrange(len(s))]
        else: s.insert(R.randrange(len(s)+1),R.choice(list('[](){}.*,:@|&!=<>\'"`-19a #\\?é')+['[?','[]','&&','||','=='])) 
    return ''.join(s)
import warnings; warnings.simplefilter('ignore')
for i in range(N):
    d=val(0) if R.random()<.2 else {n.strip('"'):val(1) for n in names}
    e=ex()
    if R.random()<.25: e=mut(e)
    try:
        r=jmespath.search(e,d); o={'r':json.dumps(r)}
    except jmespath.exceptions.JMESPathError as x: o={'j':str(x)}
    except Exception as x: o={'p':str(x)}
    if '_Expression' in json.dumps(o): continue
    print(json.dumps(dict(o,e=e,d=d)))
