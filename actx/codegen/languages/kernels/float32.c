/* The bits of a number, and a number by its bits. */
INLINE uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

INLINE float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

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

/* n - q*d, nearly without rounding, where q is n/d to some digits or d is 1. */
INLINE float remainder_of_float(float n, float q, float d) {
#if defined(FP_FAST_FMAF) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return fmaf(-q, d, n);
#else
    const float q1 = float_of_bits(bits_of_float(q) & 0xfffff000u), q2 = q - q1;
    const float d1 = float_of_bits(bits_of_float(d) & 0xfffff000u), d2 = d - d1;
    return (((n - q1 * d1) - q1 * d2) - q2 * d1) - q2 * d2;
#endif
}

/* exp(u + tail) = 2^n*(1 + h + low), where h is the result and n is in the lowest bits of *n. */
INLINE float exp_parts_float(float u, float tail, uint32_t *n, float *low) {
    const float shift = 12582912.0f; /* 1.5*2^23: adding it rounds to a whole number */
    const float shifted = u * 1.44269504f + shift;
    const float whole = shifted - shift;
    const float h = u - whole * 0.693359375f; /* exact; log(2) = 0.693359375 - 2.12194440e-4 */
    const float rest = whole * 2.12194440e-4f + tail;
    const float r = h + rest;
    const float square = r * r;
    float p = POLYNOMIAL(exp, r);
    *low = square * r * p + (0.5f * square + rest);
    *n = bits_of_float(shifted);
    return h;
}

/* exp(u) = 2^n*(1 + w + low), where w is the result and n is in the lowest bits of *n */
INLINE float exp_lean_float(float u, uint32_t *n, float *low) {
    const float shift = 12582912.0f;
    const float shifted = u * 1.44269504f + shift;
    const float whole = shifted - shift;
    const float h = u - whole * 0.693359375f;
    const float rest = whole * 2.12194440e-4f;
    const float r = h + rest;
    const float square = r * r;
    float p = POLYNOMIAL(exp_lean, r);
    const float more = square * p + rest;
    const float w = h + more;
    *low = more - (w - h);
    *n = bits_of_float(shifted);
    return w;
}

/* exp(u) = 2^n*(1 + w), where w is the result, rounded twice, and n is in the lowest bits of *n */
INLINE float exp_quick_float(float u, uint32_t *n) {
    const float shift = 12582912.0f;
    const float shifted = u * 1.44269504f + shift;
    const float whole = shifted - shift;
    const float r = whole * 2.12194440e-4f + (u - whole * 0.693359375f);
    float p = POLYNOMIAL(exp_lean, r);
    *n = bits_of_float(shifted);
    return r * r * p + r;
}

/* exp(u) */
INLINE float exp_inlinef(float u) {
    uint32_t n;
    float low;
    u = u < -104.0f ? -104.0f : u;
    u = u > 89.0f ? 89.0f : u;
    const float h = exp_parts_float(u, 0.0f, &n, &low);
    n -= 0x4B400000u - 512u;
    const uint32_t half = n >> 1; /* 2^n in two steps, so that subnormal results are rounded once */
    const float a = float_of_bits((half - 256u + 127u) << 23);
    const float b = float_of_bits((n - half - 256u + 127u) << 23);
    return (h + low + 1.0f) * a * b;
}

/* exp(u) for |u| <= 87 */
INLINE float exp_near_inlinef(float u) {
    uint32_t n;
    float low;
    const float h = exp_parts_float(u, 0.0f, &n, &low);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    return c * (h + low) + c;
}

/* exp(u) - 1 */
INLINE float expm1_inlinef(float u) {
    uint32_t n;
    float low, t = u < -20.0f ? -20.0f : u;
    t = t > 89.0f ? 89.0f : t;
    const float h = exp_parts_float(t, 0.0f, &n, &low);
    const float c = float_of_bits((n << 23) + (126u << 23)); /* 2^(n - 1): 2^128 is too large */
    const float b = c - 0.5f;
    const float s = c * h + b; /* and what is rounded off here and in b is added below */
    const float y = s + ((c * h - (s - b)) + (c * low + ((c - b) - 0.5f)));
    return fabsf(u) < 2.9802322e-8f ? u : 2.0f * y;
}

/* 1/(unit + c + c*w), where unit is 1 or 0, c a power of two, and w > -1/2 */
INLINE float ratio_float(float unit, float c, float w) {
    const float b = c + unit;
    const float z = b - c;
    const float off = (c - (b - z)) + (unit - z);
    const float d = c * w + b;
    const float rest = (c * w - (d - b)) + off; /* of the denominator d + rest */
    const float q = 1.0f / d;
    return q + (remainder_of_float(1.0f, q, d) - q * rest) * q;
}

/* y/2^(n - 64) for n in 64:300, in steps, so that subnormal results are rounded once */
INLINE float scaled_down_float(float y, uint32_t n) {
    const uint32_t half = (n - 64u) >> 1;
    const float a = float_of_bits((127u - half) << 23);
    const float b = float_of_bits((127u - (n - 64u - half)) << 23);
    return y * a * b;
}

/* 1/(1 + exp(-u)), which is exp(u) far left */
INLINE float sigmoid_inlinef(float u) {
    uint32_t n;
    float low;
    const int far = u < -64.0f;
    u = u < -104.0f ? -104.0f : u;
    u = u > 64.0f ? 64.0f : u; /* last, as lanes that are not wanted may get this number */
    const float w = exp_lean_float(-u, &n, &low);
    n -= 0x4B400000u;
    const float c = far ? 1.0f : float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    const float y = ratio_float(far ? 0.0f : 1.0f, c, w);
    return far ? scaled_down_float(y * 5.4210109e-20f, n) : y;
}

/* 1/(1 + exp(-u)) for |u| <= 84 */
INLINE float sigmoid_near_inlinef(float u) {
    uint32_t n;
    float low;
    const float w = exp_lean_float(-u, &n, &low);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    return ratio_float(1.0f, c, w);
}

/* u/(1 + exp(-v)) for |v| <= 87 */
INLINE float times_sigmoid_near_inlinef(float u, float v) {
    uint32_t n;
    const float w = exp_quick_float(-v, &n);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    const float b = c + 1.0f;
    return u / (c * w + (1.0f - (b - c)) + b);
}

/* exp(-v) = 2^n*(1 + w), where w is the result; a = u and c = 2^n, but u/2^64 and 1 far left */
INLINE float gate_parts_float(float u, float v, int far, uint32_t *n, float *a, float *c) {
    const int none = (v < -200.0f) & (fabsf(u) > 1.0f);
    const float held = none ? copysignf(1.0f, u) : u;
    *a = far ? held * 5.4210109e-20f : u; /* 2^-64: u/(1 + w) may overflow */
    float t = v < -200.0f ? -200.0f : v;
    t = t > 64.0f ? 64.0f : t; /* last, as lanes that are not wanted may get this number */
    const float w = exp_quick_float(-t, n);
    *n -= 0x4B400000u;
    *c = far ? 1.0f : float_of_bits((*n << 23) + (127u << 23));
    return w;
}

/* u/(1 + exp(-v)), which is u*exp(v) far left */
INLINE float times_sigmoid_inlinef(float u, float v) {
    uint32_t n;
    float a, c;
    const int far = v < -64.0f;
    const float w = gate_parts_float(u, v, far, &n, &a, &c);
    const float b = c + (far ? 0.0f : 1.0f);
    const float y = a / (c * w + (far ? 0.0f : 1.0f - (b - c)) + b);
    return far ? scaled_down_float(y, n) : y;
}

/* tanh(u) = -m/(2 + m) with the sign of u, where m = exp(-2|u|) - 1 */
INLINE float tanh_inlinef(float u) {
    uint32_t n;
    float low, t = fabsf(u);
    t = t > 10.0f ? 10.0f : t;
    const float w = exp_lean_float(-2.0f * t, &n, &low);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    const float b = c - 1.0f;
    const float m = c * w + b;
    const float more = (c * w - (m - b)) + (c * low + (c - (b + 1.0f))); /* of m + more */
    const float d = 2.0f + m;
    const float rest = more + (m - (d - 2.0f)); /* of the denominator d + rest */
    const float i = 1.0f / d;
    const float q = m * i;
    const float r = remainder_of_float(m, q, d) + (more - q * rest);
    return copysignf(q + r * i, u);
}

/* tanh(u) = (b*p + a)/(a*p + b) with the sign of u for |u| <= 43, where p = tanh(r), |u| = r +
   n*log(2)/2, a = 1 - 2^-n and b = 1 + 2^-n; n is 0 up to 0.249, so that nothing cancels */
INLINE float tanh_near_inlinef(float u) {
    const float t = fabsf(u);
    const float shift = 12582912.0f;
    const float shifted = (t * 2.88539008f - 0.22f) + shift;
    const float whole = shifted - shift;
    const float r = (t - whole * 0.3466796875f) + whole * 1.06097220e-4f;
    const float square = r * r;
    float p = POLYNOMIAL(tanh, square);
    p = r * square * p + r;
    const float c = float_of_bits((127u << 23) - (bits_of_float(shifted) << 23)); /* 2^-n */
    const float a = 1.0f - c, b = 1.0f + c;
    const float m = b * p + a;
    const float e = b * p - (m - a);
    const float g = a * p + c;
    const float d = g + 1.0f;
    const float f = g - (d - 1.0f); /* (m + e)/(d + f) */
    const float q = m / d;
    return copysignf(q + (e - q * f) * (1.5f - 0.5f * d), u); /* that is 1/d, nearly */
}

/* log(2^k*(1 + f)), f in -0.25:0.5 */
INLINE float log_parts_float(float f, float k) {
    float p = POLYNOMIAL(log1p, f);
    const float s = k * 0.693359375f + f; /* and what is rounded off here is added below */
    const float e = f - (s - k * 0.693359375f);
    return s + (e + (f * f * p - k * 2.12194440e-4f));
}

/* log(u) */
INLINE float log_inlinef(float u) {
    const int faint = u < 1.17549435e-38f;
    const uint32_t bits = bits_of_float(faint ? u * 8388608.0f : u);
    const int32_t k = (int32_t)(bits - 0x3f400000u) >> 23;
    const float f = float_of_bits(bits - ((uint32_t)k << 23)) - 1.0f;
    const float y = log_parts_float(f, (float)k - (faint ? 23.0f : 0.0f));
    const float other = u == 0.0f ? -INFINITY : u < 0.0f ? NAN : u;
    return bits_of_float(u) - 1u < 0x7f7fffffu ? y : other; /* y where 0 < u < inf */
}

/* log(1 + u) */
INLINE float log1p_inlinef(float u) {
    const int32_t k = (int32_t)(bits_of_float(1.0f + u) - 0x3f400000u) >> 23;
    const float b = float_of_bits((127u - (uint32_t)(k < 30 ? k : 30)) << 23) - 1.0f;
    const float f = float_of_bits(bits_of_float(u) - ((uint32_t)k << 23)) + b; /* exact */
    const float y = log_parts_float(f, (float)k);
    const float other = u > -1.0f ? y : u == -1.0f ? -INFINITY : NAN;
    return u == 0.0f ? u : u < INFINITY ? other : u; /* -0, infinity and NaN as they are */
}

/* log(1 + exp(u)) = max(u, 0) + 2*atanh(q/2), where q = v/(1 + v/2), v = exp(-|u|) */
INLINE float softplus_inlinef(float u) {
    uint32_t n;
    float low, t = u < -104.0f ? -104.0f : u;
    t = t > 18.0f ? 18.0f : t;
    const float w = exp_lean_float(-fabsf(t), &n, &low);
    const int faint = u < -64.0f; /* then it is exp(u), made 2^24 times as large */
    const float c = float_of_bits((n << 23) + (faint ? 151u << 23 : 127u << 23));
    const float v = c * w + c;
    const float more = (c * w - (v - c)) + c * low; /* exp(t) = v + more */
    const float d = 0.5f * v + 1.0f;
    const float rest = 0.5f * v - (d - 1.0f); /* of the denominator d + rest */
    const float i = 1.0f / d;
    const float q = v * i;
    const float square = q * q;
    float p = POLYNOMIAL(atanh, square);
    const float off = (remainder_of_float(v, q, d) + (more - q * rest)) * i + q * (square * p);
    const float m = u < 0.0f ? 0.0f : u;
    const float y = m + q; /* and what is rounded off here is added below */
    const float z = y - m;
    const float sum = y + (((m - (y - z)) + (q - z)) + off);
    return u < 18.0f ? sum * (faint ? 5.9604645e-8f : 1.0f) : u;
}

/* log(1 + exp(u)) for |u| <= 86; where products are rounded the above is needed */
INLINE float softplus_near_inlinef(float u) {
#if defined(FP_FAST_FMAF) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    uint32_t n;
    const float t = fabsf(u);
    const float w = exp_quick_float(-t, &n);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    const float v = c * w + c;
    float p = POLYNOMIAL(softplus, v);
    return 0.5f * (u + t) + (v * v * p + v);
#else
    return softplus_inlinef(u);
#endif
}

/* tanh(softplus(u)) = n/(n + 2), where n = exp(u)^2 + 2*exp(u) */
INLINE float mish_gate_inlinef(float u) {
    uint32_t k;
    float low;
    u = u < -104.0f ? -104.0f : u;
    u = u > 20.0f ? 20.0f : u;
    const float w = exp_lean_float(u, &k, &low);
    const int faint = u < -64.0f; /* then it is exp(u), made 2^24 times as large */
    const float c = float_of_bits((k << 23) + (faint ? 151u << 23 : 127u << 23));
    const float v = c * w + c;
    const float e = c * w - (v - c); /* exp(u) = v + e */
    const float n = v * v + 2.0f * v;
    const float more = (v * v - (n - 2.0f * v)) + 2.0f * (v * e + e); /* of n + more */
    const float d = n + 2.0f;
    const float rest = (n - (d - 2.0f)) + more; /* of the denominator d + rest */
    const float i = 1.0f / d;
    const float q = n * i;
    const float y = q + (remainder_of_float(n, q, d) + (more - q * rest)) * i;
    return y * (faint ? 5.9604645e-8f : 1.0f);
}

/* u*tanh(softplus(v)) = u/(h + 1/(4*h)) for |v| <= 86, where h = 1/2 + exp(-v) */
INLINE float times_mish_gate_near_inlinef(float u, float v) {
    uint32_t n;
    const float w = exp_quick_float(-v, &n);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    const float b = c + 0.5f;
    const float g = c * w + (0.5f - (b - c));
    const float h = g + b;
    const float i = 0.25f / h;
    return u / (h + (i + (g - (h - b)) * (1.0f - 2.0f * i))); /* what h is off by tells in i, too */
}

/* u*tanh(softplus(v)), which is u*exp(v) far left */
INLINE float times_mish_gate_inlinef(float u, float v) {
    uint32_t n;
    float a, c;
    const int far = v < -64.0f;
    const float w = gate_parts_float(u, v, far, &n, &a, &c);
    const float b = c + (far ? 0.0f : 0.5f);
    const float g = c * w + (far ? 0.0f : 0.5f - (b - c));
    const float h = g + b;
    const float i = far ? 0.0f : 0.25f / h;
    const float y = a / (h + (i + (g - (h - b)) * (1.0f - 2.0f * i)));
    return far ? scaled_down_float(y, n) : y;
}

/* a/(a + k) - 1/2 */
INLINE float share_float(float a, float k) {
    const float b = a + k;
    const float j = 1.0f / b;
    const float r = a * j;
    return (r - 0.5f) + (remainder_of_float(a, r, b) - r * (a - (b - k))) * j;
}

/* (1 + h + low)*(w + c)/(d + rest) */
INLINE float quotient_float(float h, float low, float w, float c, float d, float rest) {
    const float s = 1.0f + h;
    const float e = (h - (s - 1.0f)) + low; /* 1 + h + low = s + e */
    const float i = 1.0f / d;
    const float g = w + c;
    const float more = w - (g - c); /* w + c = g + more */
    const float m = s * g;
    const float q = m * i;
    const float off = (e * g + s * more) - remainder_of_float(m, s, g);
    return q + (remainder_of_float(m, q, d) + (off - q * rest)) * i;
}

/* the integral of exp(-t^2/2)/sqrt(2*pi) up to -a for a >= 0: exp(-a^2/2)*(w + c)/(1 + a), which
   is 2^n times the result, where n is in the lowest bits of *n */
INLINE float lower_tail_float(float a, uint32_t *n) {
    float low;
    const float square = a * a;
    const float tail = 0.5f * remainder_of_float(square, a, a);
    const float h = exp_parts_float(-0.5f * square, tail, n, &low);
    const float d = a + 1.0f;
    const float rest = a - (d - 1.0f); /* 1 + a = d + rest */
    const float t = share_float(a, 3.0f);
    float p = TAIL(normcdf, t);
    return quotient_float(h, low, p * t, CONSTANT(normcdf), d, rest);
}

/* the integral up to u */
INLINE float normcdf_inlinef(float u) {
    uint32_t n;
    float held = u < -14.3f ? -14.3f : u;
    held = held > 6.0f ? 6.0f : held; /* last, as lanes that are not wanted may get this number */
    const float a = fabsf(held);
    const float q = lower_tail_float(a, &n);
    const float scale = float_of_bits((n << 23) + (151u << 23)); /* 2^(n + 24): n may be -150 */
    const float y = q * scale * 5.9604645e-8f;
    const float v = u * u;
    float near = POLYNOMIAL(normcdf_near, v);
    return a < 0.4f ? 0.5f + u * near : u > 0.0f ? 1.0f - y : y;
}

/* u times the integral up to v, for |v| <= 13 */
INLINE float times_normcdf_near_inlinef(float u, float v) {
    uint32_t n;
    const float q = lower_tail_float(fabsf(v), &n);
    const float y = u * q * float_of_bits((n << 23) + (127u << 23));
    return v > 0.0f ? u - y : y;
}

/* u times the integral up to v */
INLINE float times_normcdf_inlinef(float u, float v) {
    uint32_t n;
    float a = fabsf(v);
    const int none = (a > 20.5f) & (fabsf(u) > 1.0f);
    const float held = none ? copysignf(1.0f, u) : u;
    a = a > 20.5f ? 20.5f : a;
    const float q = lower_tail_float(a, &n);
    n = 0x4B400000u - n; /* up to 303 */
    const int far = n > 64u;
    const float z = held * q;
    const float scale = float_of_bits((127u - (far ? 0u : n)) << 23);
    const float y = far ? scaled_down_float(z * 5.4210109e-20f, n) : z * scale;
    return v > 0.0f ? u - y : y;
}

/* 1 - erf(u) = exp(-u^2)*(w + c)/(1 + 2*u) for u > 0 */
INLINE float erfc_inlinef(float u) {
    uint32_t n;
    float low, held = u > 10.2f ? 10.2f : u;
    held = held < -4.2f ? -4.2f : held;
    const float a = fabsf(held);
    const float square = a * a;
    const float h = exp_parts_float(-square, remainder_of_float(square, a, a), &n, &low);
    const float d = 2.0f * a + 1.0f;
    const float rest = 2.0f * a - (d - 1.0f); /* 1 + 2*a = d + rest */
    const float t = share_float(a, 2.0f);
    float p = TAIL(erfc, t);
    const float q = quotient_float(h, low, p * t, CONSTANT(erfc), d, rest);
    const float scale = float_of_bits((n << 23) + (151u << 23)); /* 2^(n + 24): n may be -150 */
    const float y = q * scale * 5.9604645e-8f;
    const float v = u * u;
    float near = POLYNOMIAL(erfc_near, v);
    return a < 0.4f ? 1.0f - (u + u * near) : u < 0.0f ? 2.0f - y : y;
}

/* erf(u) = u + u*p(u^2) where |u| < 0.92, else 1 - exp(-|u| + p(|u|)) with the sign of u */
INLINE float erf_inlinef(float u) {
    uint32_t n;
    float low, a = fabsf(u);
    a = a > 4.0f ? 4.0f : a;
    float l = POLYNOMIAL(log_erfc, a);
    const float t = l - a;
    const float h = exp_parts_float(t, l - (t + a), &n, &low);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    const float far = (1.0f - c) - c * (h + low);
    const float square = a * a;
    float p = POLYNOMIAL(erf, square);
    return copysignf(a < 0.92f ? a + a * p : far, u);
}

/* sqrt(u^2 + v^2): doubles hold the squares */
INLINE float hypot_inlinef(float u, float v) {
    return (float)sqrt((double)u * (double)u + (double)v * (double)v);
}

/* x/pi + plus = n + t, where t is the result, in -0.502:0.502, and n is in the lowest bits of *n */
INLINE double half_turns_near_float(double x, double plus, uint64_t *n) {
    const double shift = 6755399441055744.0; /* 1.5*2^52: adding it rounds to a whole number */
    const double a = x * 0.31830988451838493 + plus; /* exact; 28 bits of 1/pi */
    const double shifted = a + shift;
    *n = bits_of_double(shifted);
    return (a - (shifted - shift)) + x * 1.665405738066088e-09;
}

/* the same for all x: 1/pi, or 2^32/pi and so on less a multiple of 2, in parts of 28 bits */
INLINE double half_turns_float(float u, double plus, uint64_t *n) {
    const float w = fabsf(u);
    const int far = w >= 3.60287970e16f, farther = w >= 1.54742505e26f, farthest = w >= 6.64613998e35f;
    const double x = u * (farthest ? 1.26217745e-29f : farther ? 5.42101086e-20f
                          : far ? 2.32830644e-10f : 1.0f); /* a whole number where it is scaled */
    const double h = farthest ? 0.9789189621806145 : farther ? 0.9924876652657986
                     : far ? -0.8471368215978146 : 0.31830988451838493;
    const double m = farthest ? 9.976479364848245e-11 : farther ? -1.634722815446743e-09
                     : far ? 1.1624041174052024e-09 : 1.6654057369280828e-09;
    const double l = farthest ? -2.785439903434222e-18 : farther ? -1.7114951755061712e-18
                     : far ? -1.2479753037030232e-18 : 1.138005036539198e-18;
    const double even = 13510798882111488.0; /* 1.5*2^53: adding it rounds to an even number */
    const double shift = 6755399441055744.0;
    const double a = (x * h - ((x * h + even) - even)) + plus; /* exact products */
    const double b = x * m - ((x * m + even) - even);
    const double c = x * l;
    const double shifted = (a + b + c) + shift;
    *n = bits_of_double(shifted);
    return ((a - (shifted - shift)) + b) + c;
}

/* sin(pi*(n + t)) */
INLINE float sine_float(uint64_t n, double t) {
    const double square = t * t;
    double p = POLYNOMIAL(sine, square);
    return (float)(double_of_bits(bits_of_double(t) ^ (n << 63)) * p);
}

/* sin(u) for |u| <= 2^20 */
INLINE float sin_near_inlinef(float u) {
    uint64_t n;
    const double t = half_turns_near_float((double)u, -0.0, &n);
    return sine_float(n, t);
}

/* sin(u) */
INLINE float sin_inlinef(float u) {
    uint64_t n;
    const double t = half_turns_float(u, -0.0, &n);
    return sine_float(n, t);
}

/* cos(u) for |u| <= 2^20 */
INLINE float cos_near_inlinef(float u) {
    uint64_t n;
    const double t = half_turns_near_float((double)u, 0.5, &n);
    return sine_float(n, t);
}

/* cos(u) */
INLINE float cos_inlinef(float u) {
    uint64_t n;
    const double t = half_turns_float(u, 0.5, &n);
    return sine_float(n, t);
}

/* exp(u) = c + c*w, where w is the result, in double: with some bits more than float has */
INLINE double exp_wide_float(double u, double *c) {
    const double shift = 6755399441055744.0;
    const double shifted = u * 1.4426950408889634 + shift;
    const double r = u - (shifted - shift) * 0.6931471805599453;
    double p = POLYNOMIAL(exp_wide, r);
    *c = double_of_bits((bits_of_double(shifted) + 1023u) << 52);
    return r * r * p + r;
}

/* (exp(u) - exp(-u))/2 = (m + m/(1 + m))/2, where m = exp(|u|) - 1, with the sign of u */
INLINE float sinh_inlinef(float u) {
    const double a = fabsf(u) > 90.0f ? 90.0f : fabsf(u);
    double c;
    const double w = exp_wide_float(a, &c);
    const double m = c * w + (c - 1.0);
    return copysignf((float)(0.5 * (m + m / (1.0 + m))), u);
}

/* (exp(u) + exp(-u))/2 */
INLINE float cosh_inlinef(float u) {
    const double a = fabsf(u) > 90.0f ? 90.0f : fabsf(u);
    double c;
    const double w = exp_wide_float(a, &c);
    const double e = c * w + c;
    return (float)(0.5 * (e + 1.0 / e));
}

/* atan(u), for |u| > 1 as pi/2 - atan(1/|u|), with the sign of u */
INLINE float atan_inlinef(float u) {
    const double a = fabsf(u);
    const double z = a > 1.0 ? -1.0 / a : a;
    const double square = z * z;
    double p = POLYNOMIAL(atan, square);
    return copysignf((float)((a > 1.0 ? 1.5707963267948966 : 0.0) + (z * p)), u);
}

/* log(a) in double, with some bits more than float has, for 0 < a < inf */
INLINE double log_wide_float(double a) {
    const uint64_t bits = bits_of_double(a);
    const uint64_t k = (bits + 0x0008000000000000u) >> 52; /* a = 2^(k - 1023)*(1 + f) */
    const double f = double_of_bits(bits - (k << 52) + 0x3ff0000000000000u) - 1.0; /* -0.25:0.5 */
    const double s = f / (2.0 + f);
    const double square = s * s;
    double p = POLYNOMIAL(log_wide, square);
    const double whole = double_of_bits(k + 0x4330000000000000u) - 4503599627371519.0; /* k - 1023 */
    return whole * 0.6931471805599453 + s * p;
}

/* u^v */
INLINE float pow_inlinef(float u, float v) {
    const float a = fabsf(u);
    const double found = log_wide_float((double)a);
    const double l = a == 0.0f ? -INFINITY : a < INFINITY ? found : (double)a;
    double c, t = (double)v * l;
    t = t < -104.0 ? -104.0 : t;
    t = t > 89.0 ? 89.0 : t;
    const double e = exp_wide_float(t, &c);
    const float y = ((a == 1.0f) | (v == 0.0f)) ? 1.0f : (float)(c * e + c);
    const double size = fabsf(v) > 33554432.0f ? 33554432.0f : fabsf(v); /* is even from there on */
    const double shifted = size + 6755399441055744.0;
    const int whole = shifted - 6755399441055744.0 == size;
    const uint32_t odd = whole ? (uint32_t)bits_of_double(shifted) << 31 : 0u;
    const float z = float_of_bits(bits_of_float(y) ^ (odd & bits_of_float(u)));
    const int none = (u < 0.0f) & (a < INFINITY) & !whole & (v != 0.0f);
    return none ? NAN : z;
}
