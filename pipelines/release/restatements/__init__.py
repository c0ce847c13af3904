"""What changed in months that were closed already, by whom it was caused, and what people were told at the time.

`restate` is the step of a refresh; `ledger` compares two releases (`figures` what is watched, `causes` why lines
differ, `steps` each client's exact share), `closes` keeps the labelled snapshots of closed months, `limits` decides
which change a person has to accept, `listing` is for readers. Publishing belongs to the modules beside this folder.
"""
