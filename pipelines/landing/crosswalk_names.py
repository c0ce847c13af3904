"""Folding of company and person names, so that the warehouse can match them exactly.

Two names are the same when they differ only in case, spacing, punctuation or legal form: 'ACME, Inc.' and 'Acme'.
Nothing fuzzy: letters, accents and word order count. Which account a name leads to is decided in the warehouse.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import polars as pl

# Legal forms, folded (no points). Only at the end of a name, and never the whole of it.
_LEGAL_FORMS = {
    "English-speaking": "inc incorporated corp corporation co company ltd limited llc llp lp plc pllc pc pty pte",
    "German-speaking": "gmbh ag kg kgaa ohg gbr ug ev eg se mbh",
    "France, Italy, Spain, Portugal, Latin America": "sa sarl sas sasu snc srl spa sapa sl slu sau lda ltda cv",
    "Low Countries and Nordics": "bv nv vof bvba cvba as asa aps ab oy oyj hf ehf",
    "central and eastern Europe": "sro doo dd zrt kft nyrt ood eood ooo",
    "Asia": "kk gk yk pvt sdn bhd berhad tbk pt",
}
LEGAL_SUFFIXES = frozenset(form for forms in _LEGAL_FORMS.values() for form in forms.split())
_CONNECTING = frozenset({"and", "et", "und", "y", "e"})


@cache
def fold_name(name: str) -> str:
    """The name's key: lower case, one space between words, no punctuation, no legal form at its end; '' for no name.

    '&' is 'and'; points inside a word are dropped ('S.A.' is 'sa'), other punctuation parts words. Accents count.
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("&", " and ")
    text = re.sub(r"[.'’`´]", "", text)
    words = re.sub(r"[\W_]+", " ", text).split()
    return " ".join(_without_legal_form(words))


def _without_legal_form(words: list[str]) -> list[str]:
    kept = words
    while len(kept) > 1:
        spelled = _spelled_out(kept)  # 's p a'
        if spelled:
            kept = kept[:-spelled]
        elif kept[-1] in LEGAL_SUFFIXES or (kept[-1] in _CONNECTING and len(kept) < len(words)):
            kept = kept[:-1]
        else:
            break
    return kept


def _spelled_out(words: list[str]) -> int:
    """How many single letters at the end spell a legal form; 0 for none."""
    for count in (4, 3, 2):
        tail = words[-count:]
        if len(words) > count and all(len(word) == 1 for word in tail) and "".join(tail) in LEGAL_SUFFIXES:
            return count
    return 0


def fold_names(names: pl.Series) -> pl.Series:
    """`fold_name` of every value of a String column; null and names of punctuation alone give null."""
    unique = names.drop_nulls().unique()
    keys = pl.Series([fold_name(name) or None for name in unique], dtype=pl.String)
    if unique.is_empty():
        return pl.Series(names.name, [None] * names.len(), dtype=pl.String)
    return names.replace_strict(unique, keys, default=None, return_dtype=pl.String)
