"""党员示范岗: model posts of a branch, reviewed every quarter."""
