#pragma once
int mpishim_init(void);
