"""Files that leave the house: marts as Parquet, workbooks, extracts of one account manager, each with a seal.

`seal` says what a table held when it was written, `tables` and `workbook` write the files, `write` a whole folder of
them, `verify` compares a file with its seal, `reseal` gives it a new one when a person is erased from it. Every row is
read through `serving`, as its reader may see it.
"""
