INLINE uint64_t bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INLINE double double_of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* 2^(n + more), where n is in the lowest bits and more includes 1023 */
INLINE double power_of_two_double(uint64_t n, uint64_t more) {
    return double_of_bits((n << 52) + (more << 52));
}

/* n - q*d, nearly without rounding, where q is n/d to some digits or d is 1. */
INLINE double remainder_of_double(double n, double q, double d) {
#if defined(FP_FAST_FMA) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return fma(-q, d, n);
#else
    const double q1 = double_of_bits(bits_of_double(q) & 0xfffffffff8000000u), q2 = q - q1;
    const double d1 = double_of_bits(bits_of_double(d) & 0xfffffffff8000000u), d2 = d - d1;
    return (((n - q1 * d1) - q1 * d2) - q2 * d1) - q2 * d2;
#endif
}

/* exp(u) = 2^n*(1 + h + low), where h is the result and n is in the lowest bits of *n */
INLINE double exp_parts_double(double u, uint64_t *n, double *low) {
    const double shift = 6755399441055744.0; /* 1.5*2^52: adding it rounds to a whole number */
    const double shifted = u * 1.4426950408889634 + shift;
    const double whole = shifted - shift;
    const double h = u - whole * 0.6931471803691238; /* exact; the rest of log(2) has 53 bits */
    const double rest = whole * 1.9082149292705877e-10;
    const double r = h - rest;
    const double square = r * r;
    double p = POLYNOMIAL(exp, r);
    *low = square * r * p + (0.5 * square - rest);
    *n = bits_of_double(shifted);
    return h;
}

/* exp(u) = 2^n*(1 + w + low), where w is the result and n is in the lowest bits of *n */
INLINE double exp_lean_double(double u, uint64_t *n, double *low) {
    const double shift = 6755399441055744.0;
    const double shifted = u * 1.4426950408889634 + shift;
    const double whole = shifted - shift;
    const double r = (u - whole * 0.6931471803691238) - whole * 1.9082149292705877e-10;
    const double square = r * r;
    double p = POLYNOMIAL(exp_lean, r);
    const double w = square * p + r;
    *low = square * p - (w - r);
    *n = bits_of_double(shifted);
    return w;
}

/* exp(u) */
INLINE double exp_inline(double u) {
    uint64_t n;
    double low;
    u = u < -746.0 ? -746.0 : u;
    u = u > 710.0 ? 710.0 : u;
    const double h = exp_parts_double(u, &n, &low);
    n -= 0x4338000000000000u - 4096u;
    const uint64_t half = n >> 1; /* 2^n in two steps, so that subnormal results are rounded once */
    const double a = double_of_bits((half - 2048u + 1023u) << 52);
    const double b = double_of_bits((n - half - 2048u + 1023u) << 52);
    return (h + low + 1.0) * a * b;
}

/* exp(u) - 1 */
INLINE double expm1_inline(double u) {
    uint64_t n;
    double low, t = u < -40.0 ? -40.0 : u;
    t = t > 710.0 ? 710.0 : t;
    const double h = exp_parts_double(t, &n, &low);
    const double c = power_of_two_double(n, 1022u); /* 2^(n - 1): 2^1024 is too large */
    const double b = c - 0.5;
    const double s = c * h + b; /* and what is rounded off here and in b is added below */
    const double y = s + ((c * h - (s - b)) + (c * low + ((c - b) - 0.5)));
    return fabs(u) < 5.551115123125783e-17 ? u : 2.0 * y;
}

/* k/(unit + c + c*w), where unit and c are powers of two and w > -1/2; over: 1/k */
INLINE double ratio_double(double k, double over, double unit, double c, double w) {
    const double b = c + unit;
    const double z = b - c;
    const double off = (c - (b - z)) + (unit - z);
    const double d = c * w + b;
    const double rest = (c * w - (d - b)) + off; /* of the denominator d + rest */
    const double q = k / d;
    return q + (remainder_of_double(k, q, d) - q * rest) * (q * over);
}

/* 1/(1 + exp(-u)), both times 2^-60 as exp(-u) may be 2^1077 */
INLINE double sigmoid_inline(double u) {
    uint64_t n;
    double low;
    u = u < -746.0 ? -746.0 : u;
    u = u > 64.0 ? 64.0 : u; /* last, as lanes that are not wanted may get this number */
    const double w = exp_lean_double(-u, &n, &low);
    const double c = power_of_two_double(n, 963u); /* 2^(n - 60) */
    const double unit = 8.673617379884035e-19;
    return ratio_double(unit, 1152921504606846976.0, unit, c, w);
}

/* tanh(u) = -m/(2 + m) with the sign of u, where m = exp(-2|u|) - 1 */
INLINE double tanh_inline(double u) {
    uint64_t n;
    double low, t = fabs(u);
    t = t > 22.0 ? 22.0 : t;
    const double h = exp_parts_double(-2.0 * t, &n, &low);
    const double w = h + low;
    const double c = power_of_two_double(n, 1023u);
    const double b = c - 1.0;
    const double m = c * w + b; /* of the numerator m + more */
    const double more = (c * w - (m - b)) + (c * ((h - w) + low) + (c - (b + 1.0)));
    const double d = 2.0 + m;
    const double rest = more + (m - (d - 2.0)); /* of the denominator d + rest */
    const double i = 1.0 / d;
    const double q = m * i;
    const double r = remainder_of_double(m, q, d) + (more - q * rest);
    return copysign(q + r * i, u);
}

/* log(2^k*(1 + f)), f in -0.25:0.5, = k*log(2) + f - (f^2/2 - s*(f^2/2 + r)), s = f/(2 + f) */
INLINE double log_parts_double(double f, double k) {
    const double s = f / (2.0 + f);
    const double square = s * s;
    double p = POLYNOMIAL(log, square);
    const double half = 0.5 * f * f;
    const double most = k * 0.6931471803691238; /* exact */
    const double y = most + f; /* and what is rounded off here is added below */
    const double e = f - (y - most);
    return y + (e + (s * (half + square * p) - (half - k * 1.9082149292705877e-10)));
}

/* log(u) */
INLINE double log_inline(double u) {
    const int faint = u < 2.2250738585072014e-308;
    const uint64_t bits = bits_of_double(faint ? u * 18014398509481984.0 : u);
    const uint64_t k = (bits + 0x0008000000000000u) >> 52; /* u = 2^(k - 1023)*(1 + f) */
    const double f = double_of_bits(bits - (k << 52) + 0x3ff0000000000000u) - 1.0;
    const double whole = double_of_bits(k + 0x4330000000000000u) - 4503599627371519.0;
    const double y = log_parts_double(f, whole - (faint ? 54.0 : 0.0));
    const double other = u == 0.0 ? -INFINITY : u < 0.0 ? NAN : u;
    return ((u > 0.0) & (u < INFINITY)) ? y : other;
}

/* log(1 + u) */
INLINE double log1p_inline(double u) {
    const uint64_t k = (bits_of_double(1.0 + u) + 0x0008000000000000u) >> 52;
    const uint64_t least = k < 1083u ? k : 1083u;
    const double b = double_of_bits((2046u - least) << 52) - 1.0;
    const double f = double_of_bits(bits_of_double(u) + ((1023u - k) << 52)) + b; /* exact */
    const double y = log_parts_double(f, double_of_bits(k + 0x4330000000000000u) - 4503599627371519.0);
    const double other = u > -1.0 ? y : u == -1.0 ? -INFINITY : NAN;
    return u == 0.0 ? u : u < INFINITY ? other : u; /* -0, infinity and NaN as they are */
}

/* log(1 + exp(u)) = max(u, 0) + 2*atanh(q/2), where q = v/(1 + v/2), v = exp(-|u|) */
INLINE double softplus_inline(double u) {
    uint64_t n;
    double low, t = u < -746.0 ? -746.0 : u;
    t = t > 40.0 ? 40.0 : t;
    const double w = exp_lean_double(-fabs(t), &n, &low);
    const int faint = u < -200.0; /* then it is exp(u), made 2^60 times as large */
    const double c = power_of_two_double(n, faint ? 1083u : 1023u);
    const double v = c * w + c;
    const double more = c * w - (v - c); /* exp(t) = v + more */
    const double d = 0.5 * v + 1.0;
    const double rest = 0.5 * v - (d - 1.0); /* of the denominator d + rest */
    const double i = 1.0 / d;
    const double q = v * i;
    const double square = q * q;
    double p = POLYNOMIAL(atanh, square);
    const double off = (remainder_of_double(v, q, d) + (more - q * rest)) * i + q * (square * p);
    const double m = u < 0.0 ? 0.0 : u;
    const double y = m + q; /* and what is rounded off here is added below */
    const double z = y - m;
    const double sum = y + (((m - (y - z)) + (q - z)) + off);
    return u < 40.0 ? sum * (faint ? 8.673617379884035e-19 : 1.0) : u;
}

/* tanh(softplus(u)) = n/(n + 2), where n = exp(u)^2 + 2*exp(u) */
INLINE double mish_gate_inline(double u) {
    uint64_t k;
    double low;
    u = u < -746.0 ? -746.0 : u;
    u = u > 40.0 ? 40.0 : u;
    const double w = exp_lean_double(u, &k, &low);
    const int faint = u < -200.0; /* then it is exp(u), made 2^60 times as large */
    const double c = power_of_two_double(k, faint ? 1083u : 1023u);
    const double v = c * w + c;
    const double e = c * w - (v - c); /* exp(u) = v + e */
    const double n = v * v + 2.0 * v;
    const double more = (v * v - (n - 2.0 * v)) + 2.0 * (v * e + e); /* of n + more */
    const double d = n + 2.0;
    const double rest = (n - (d - 2.0)) + more; /* of the denominator d + rest */
    const double i = 1.0 / d;
    const double q = n * i;
    const double y = q + (remainder_of_double(n, q, d) + (more - q * rest)) * i;
    return y * (faint ? 8.673617379884035e-19 : 1.0);
}

/* exp(a)/8 = *e + *rest, for 0 <= a <= 711 */
INLINE void exp_eighth_double(double a, double *e, double *rest) {
    uint64_t n;
    double low;
    const double h = exp_parts_double(a, &n, &low);
    const double s = 1.0 + h;
    const double c = power_of_two_double(n, 1020u);
    *e = c * s;
    *rest = c * ((h - (s - 1.0)) + low);
}

/* (exp(u) + exp(-u))/2 */
INLINE double cosh_inline(double u) {
    double e, rest;
    exp_eighth_double(fabs(u) > 711.0 ? 711.0 : fabs(u), &e, &rest);
    return 4.0 * (e + (rest + 0.015625 / (e + rest)));
}

/* (exp(u) - exp(-u))/2, u + u^3*p(u^2) for |u| < 1 */
INLINE double sinh_inline(double u) {
    double e, rest;
    exp_eighth_double(fabs(u) > 711.0 ? 711.0 : fabs(u), &e, &rest);
    const double far = 4.0 * (e + (rest - 0.015625 / (e + rest)));
    const double square = u * u;
    double p = POLYNOMIAL(sinh, square);
    return fabs(u) < 1.0 ? u + u * (square * p) : copysign(far, u);
}

/* atan(u) = turn + q + q^3*p(q^2), q = |u|, (|u| - 1)/(|u| + 1) or -1/|u|, with the sign of u */
INLINE double atan_inline(double u) {
    const double a = fabs(u) > 1e17 ? 1e17 : fabs(u);
    const int near = a < 0.41421356, far = a > 2.4142136;
    const double m = near ? a : far ? -1.0 : a - 1.0;
    const double d = near ? 1.0 : far ? a : a + 1.0;
    const double more = (near | far) ? 0.0 : a - (m + 1.0); /* of the numerator m + more */
    const double rest = (near | far) ? 0.0 : a - (d - 1.0); /* of the denominator d + rest */
    const double i = 1.0 / d;
    const double q = m * i;
    const double low = (remainder_of_double(m, q, d) + (more - q * rest)) * i;
    const double square = q * q;
    double p = POLYNOMIAL(atan, square);
    const double turn = near ? 0.0 : far ? 1.5707963267948966 : 0.7853981633974483;
    const double beyond = turn * 3.8981718325193755e-17; /* (pi/2 - turn)/turn and so on */
    const double y = turn + q; /* and what is rounded off here is added below */
    const double off = (q - (y - turn)) + (q * (square * p) + (low * (1.0 - square) + beyond));
    return copysign(y + off, u);
}

/* u = n*pi/2 + r - *less, where r is the result and n is in the lowest bits of *n, |u| <= 2^10 */
INLINE double quarter_turns_double(double u, uint64_t *n, double *less) {
    const double shift = 6755399441055744.0;
    const double shifted = u * 0.6366197723675814 + shift;
    const double whole = shifted - shift;
    const double a = u - whole * 1.5707963267341256; /* exact; pi/2 in parts of 33 bits, and 53 */
    const double b = a - whole * 6.077100506303966e-11;
    const double off = whole * 2.0222662487959506e-21 - ((a - b) - whole * 6.077100506303966e-11);
    const double r = b - off;
    *less = off - (b - r);
    *n = bits_of_double(shifted);
    return r;
}

/* sin(n*pi/2 + r - less) */
INLINE double sine_double(uint64_t n, double r, double less) {
    const double square = r * r;
    double p = POLYNOMIAL(sine, square);
    double q = POLYNOMIAL(cosine, square);
    const double half = 0.5 * square;
    const double most = 1.0 - half;
    const double sine = r - (less * most - r * (square * p));
    const double cosine = most + (((1.0 - most) - half) + (square * (square * q) + r * less));
    const double y = (n & 1u) != 0u ? cosine : sine;
    return double_of_bits(bits_of_double(y) ^ ((n & 2u) << 62));
}

/* sin(u) for |u| <= 2^10 */
INLINE double sin_near_inline(double u) {
    uint64_t n;
    double less;
    const double r = quarter_turns_double(u, &n, &less);
    return sine_double(n, r, less);
}

/* sin(u), farther out that of the C library */
INLINE double sin_inline(double u) {
    return fabs(u) <= 1024.0 ? sin_near_inline(u) : sin(u);
}

/* cos(u) for |u| <= 2^10 */
INLINE double cos_near_inline(double u) {
    uint64_t n;
    double less;
    const double r = quarter_turns_double(u, &n, &less);
    return sine_double(n + 1u, r, less);
}

/* cos(u), farther out that of the C library */
INLINE double cos_inline(double u) {
    return fabs(u) <= 1024.0 ? cos_near_inline(u) : cos(u);
}
