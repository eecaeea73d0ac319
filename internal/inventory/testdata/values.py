# Records what ansible-core's INI inventory makes of values: python3 values.py > values.jsonl, by the Python of the real one.
import base64, json, os, sys, tempfile, warnings
from ansible.parsing.dataloader import DataLoader
from ansible.inventory.manager import InventoryManager
warnings.simplefilter("ignore")

def typed(v):
    if v is None: return ["none"]
    if isinstance(v, bool): return ["bool", str(v)]
    if isinstance(v, int): return ["int", str(v)]
    if isinstance(v, float): return ["float", repr(v)]
    if isinstance(v, complex): return ["complex", repr(v)]
    if isinstance(v, str): return ["str", v]
    if isinstance(v, bytes): return ["bytes", base64.b64encode(v).decode()]
    if isinstance(v, list): return ["list", [typed(x) for x in v]]
    if isinstance(v, tuple): return ["tuple", [typed(x) for x in v]]
    if isinstance(v, (set, frozenset)): return ["set", sorted(typed(x) for x in v)]
    if isinstance(v, dict): return ["dict", [[typed(k), typed(x)] for k, x in v.items()]]
    return ["other", type(v).__name__]

for text in json.load(open("values.json")):
    with tempfile.NamedTemporaryFile("w", suffix=".ini", delete=False) as f: f.write("[all:vars]\nv=" + text + "\n")
    inv = InventoryManager(loader=DataLoader(), sources=[f.name])
    vars = inv.groups["all"].vars
    print(json.dumps({"text": text, "value": typed(vars["v"]) if "v" in vars else None}, ensure_ascii=False))
    os.unlink(f.name)
