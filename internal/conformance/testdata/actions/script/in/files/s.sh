#!/bin/sh
echo "$# $* $X" $(test -f p.yml && echo beside the playbook)
