# Records which hosts of cases/patterns patterns select, and what ansible-core warns of: python3 patterns.py > patterns.jsonl
# in this folder, by the Python of the real ansible-core.
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.inventory.manager import InventoryManager
from ansible.utils.display import Display
P=["all","*","web","app","web:db","web,db","web:&db","web:!db","!db","&db","!web:all","web:!www1:&east","www*","www?","www[12]","~www[1-3]","~^w.*","~x[-_]","web[0]","web[-1]","web[0:1]","web[1:]","web[:2]","web[-2:]","web[5]","web[0:99]","web[9:]","web[2:1]","app[1]","all[0]","all[-1]","www*[1]","~www.*[0]","www1","www1:www1","www3,www1","nosuch","nosuch:web","web:nosuch","web:!nosuch","web:&nosuch","localhost","127.0.0.1","::1","localhost:web","all:localhost","","ungrouped","all:!web:!db","web:&east:!www1","www1:2222","10.0.0.1","10.0.0.*","x_2.example.com","x*","x-1.example.com","[::1]","@cases/patterns/lim","web:@lim","web:!@lim","!@lim","web db","web, db"," web , db ","web;db","we*","w*b","~(web|db)","~(web|db)[0]","db:web","web:db:&east","!web","web[0],db[0]","www[1:3]","www[0:1]","web*[0]","all:!*","*:!web","*.example.com","web2","~.*\\.com","w","~[","web[x]","web[]","www1[0]","solo","WEB","Www1","@nofile","web[0:1]:db[1]","web!db","app:!web[0]","ungrouped:web","&web:db","db:&web:&east","web,!www1,&east","~web","~^web$","~1$","all[1:3]","web[1:2],www5",["web","db"],["web:db","!www1"],["!db","all"],"web[-3:-1]","web[-99:2]","{{ x }}","web[0:0]","web[0-2]","web[2:0]","www[!1]","www[1-3]","x[-_]*","[wx]*","db1:db2,www1","all:!~www.*","~www(1|2)$","web:&~.*[13]","web[-1:]","www1,www2:!www1","10.0.0.1,db1","2001:db8::1","2001:db8::1,web"]

warnings = []
Display().warning = lambda msg, *a, **k: warnings.append(msg)

def ask(limit, pattern):
    inv = InventoryManager(loader=DataLoader(), sources=["cases/patterns/h"])
    warnings.clear()
    out = {"limit": limit, "pattern": pattern if isinstance(pattern, list) else [pattern]}
    try:
        if limit is not None: inv.subset(limit)
        out["hosts"] = [h.name for h in inv.get_hosts(pattern)]
    except Exception as e:
        out["error"] = str(e)
    out["warnings"] = list(dict.fromkeys(warnings))
    print(json.dumps(out))

for p in P: ask(None, p)
for limit in ["web", "web:!www1", "@cases/patterns/lim", "!web", "nosuch", "www1", "all", "localhost", "&web", "@nofile", "@cases", "web,@cases/patterns/lim", "", "db:&east", "~www[12]", "web[0]", "!@lim"]:
    for p in ["all", "db", "localhost", "app:db", "solo"]: ask(limit, p)
