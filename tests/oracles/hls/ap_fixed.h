// See ap_int.h: of a number in fixed point, code for tables takes the bits only.
#ifndef AP_FIXED_STAND_IN_H
#define AP_FIXED_STAND_IN_H
#include "ap_int.h"

template <int W, int I> struct ap_fixed : ap_stand_in<W, true> {};

#endif
