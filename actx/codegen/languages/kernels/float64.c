/* exp(u) */
INLINE double exp_inline(double u) {
    const double shift = 6755399441055744.0; /* 1.5*2^52: adding it rounds to a whole number */
    u = u < -746.0 ? -746.0 : u;
    u = u > 710.0 ? 710.0 : u;
    const double whole = u * 1.4426950408889634 + shift; /* n = u/ln(2), in the lowest bits */
    const double n = whole - shift;
    const double r = (u - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    double p = 1.6059043836821613e-10; /* 1/13!, 1/12!, ... */
    p = p * r + 2.08767569878681e-09;
    p = p * r + 2.505210838544172e-08;
    p = p * r + 2.755731922398589e-07;
    p = p * r + 2.7557319223985893e-06;
    p = p * r + 2.48015873015873e-05;
    p = p * r + 1.984126984126984e-04;
    p = p * r + 1.388888888888889e-03;
    p = p * r + 8.333333333333333e-03;
    p = p * r + 4.1666666666666664e-02;
    p = p * r + 1.6666666666666666e-01;
    p = p * r + 0.5;
    p = (p * r * r + r) + 1.0;
    uint64_t bits, low, high; /* 2^n in two steps, so that subnormal results are rounded once */
    double a, b;
    memcpy(&bits, &whole, sizeof bits);
    bits -= 0x4338000000000000u - 4096u;
    low = bits >> 1;
    high = bits - low;
    low = (low - 2048u + 1023u) << 52;
    high = (high - 2048u + 1023u) << 52;
    memcpy(&a, &low, sizeof a);
    memcpy(&b, &high, sizeof b);
    return p * a * b;
}
