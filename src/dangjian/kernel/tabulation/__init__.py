"""Tables of figures that are defined as data and counted out of dated records (``docs/tables.md``).

An app offers a ``Population``: what is counted, with the ``Dimension``s that are known of each row, read for any day with a fixed
number of statements. A definition (YAML) states rows and columns as conditions on dimensions. Each condition is worked out once
to one bit for each row of the population; a cell is how many bits its row and column share, and the same bits are the list of
people behind it, so that figure and list cannot differ.

No tables of the database, no words of the domain.
"""

from dangjian.kernel.tabulation.counting import Counted, Failure, failures
from dangjian.kernel.tabulation.cuts import Cut, Stored, name_of
from dangjian.kernel.tabulation.definition import Line, PartsCheck, SumsCheck, Table, load
from dangjian.kernel.tabulation.dimensions import MISSING, Coded, Day, Dimension, Flag, Months, Number, Regrouped, Worded, Years
from dangjian.kernel.tabulation.keeping import (
    column_from,
    cut_from,
    failure_from,
    kept_column,
    kept_cut,
    kept_failure,
    kept_table,
    table_from,
)
from dangjian.kernel.tabulation.offers import Behind, Population, Wanted

__all__ = [
    "MISSING",
    "Behind",
    "Coded",
    "Counted",
    "Cut",
    "Day",
    "Dimension",
    "Failure",
    "Flag",
    "Line",
    "Months",
    "Number",
    "PartsCheck",
    "Population",
    "Regrouped",
    "Stored",
    "SumsCheck",
    "Table",
    "Wanted",
    "Worded",
    "Years",
    "column_from",
    "cut_from",
    "failure_from",
    "failures",
    "kept_column",
    "kept_cut",
    "kept_failure",
    "kept_table",
    "load",
    "name_of",
    "table_from",
]
