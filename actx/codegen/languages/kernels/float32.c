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
    float p = POLYNOMIAL(exp, r);
    *low = r * r * p + rest;
    *n = bits_of_float(shifted);
    return h;
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

/* 1/(1 + exp(-u)), for u < 0 as exp(u)/(1 + exp(u)), for the others as 1 less that of -u */
INLINE float sigmoid_inlinef(float u) {
    uint32_t n;
    float low, t = -fabsf(u);
    t = t < -104.0f ? -104.0f : t;
    const float h = exp_parts_float(t, 0.0f, &n, &low);
    const float s = 1.0f + h;
    const float e = (h - (s - 1.0f)) + low; /* exp(t) = 2^n*(s + e) */
    const float scale = float_of_bits((n << 23) + (151u << 23)); /* 2^(n + 24): n may be -150 */
    const float c = scale * 5.9604645e-8f;
    const float g = s + e;
    const float d = g * c + 1.0f;
    const float rest = e * c + (s * c + (1.0f - d)); /* of the denominator d + rest */
    const float i = 1.0f / d;
    const float q = g * i;
    const float r = remainder_of_float(s, q, d) + (e - q * rest);
    const float y = (q + r * i) * scale * 5.9604645e-8f;
    return u > 0.0f ? 1.0f - y : y;
}

/* tanh(u) = -m/(2 + m) with the sign of u, where m = exp(-2|u|) - 1 */
INLINE float tanh_inlinef(float u) {
    uint32_t n;
    float low, t = -2.0f * fabsf(u);
    t = t < -20.0f ? -20.0f : t;
    const float h = exp_parts_float(t, 0.0f, &n, &low);
    const float c = float_of_bits((n << 23) + (127u << 23)); /* 2^n */
    const float b = c - 1.0f;
    const float s = c * h + b;
    const float e = (c * h - (s - b)) + (c * low + (c - (b + 1.0f)));
    const float m = s + e;
    const float more = e - (m - s); /* of the numerator m + more */
    const float d = 2.0f + m;
    const float rest = more + (m - (d - 2.0f)); /* of the denominator d + rest */
    const float i = 1.0f / d;
    const float q = m * i;
    const float r = remainder_of_float(m, q, d) + (more - q * rest);
    return copysignf(q + r * i, u);
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

/* log(1 + exp(u)) = max(u, 0) + 2*atanh(q), where q = v/(2 + v), v = exp(-|u|) */
INLINE float softplus_inlinef(float u) {
    uint32_t n;
    float low, t = -fabsf(u);
    t = t < -104.0f ? -104.0f : t;
    const float h = exp_parts_float(t, 0.0f, &n, &low);
    const float s = 1.0f + h;
    const float e = (h - (s - 1.0f)) + low; /* v = 2^n*(s + e) */
    const float scale = float_of_bits((n << 23) + (151u << 23)); /* 2^(n + 24): n may be -150 */
    const float c = scale * 5.9604645e-8f;
    const float g = s + e;
    const float v = g * c;
    const float d = v + 2.0f;
    const float rest = (v - (d - 2.0f)) + ((s - g) + e) * c; /* of the denominator d + rest */
    const float i = 1.0f / d;
    const float q = g * i;
    const float square = (q * c) * (q * c);
    float p = POLYNOMIAL(atanh, square);
    const float more = 2.0f * (remainder_of_float(s, q, d) + (e - q * rest)) * i + q * square * p;
    const float size = u < 0.0f ? 1.0f : c; /* for u < 0 the result is scaled at the end */
    const float m = u < 0.0f ? 0.0f : u;
    const float w = 2.0f * q * size;
    const float y = m + w; /* and what is rounded off here is added below */
    const float z = y - m;
    const float off = (m - (y - z)) + (w - z);
    const float total = y + (off + more * size);
    const float scaled = total * (u < 0.0f ? scale : 1.0f) * (u < 0.0f ? 5.9604645e-8f : 1.0f);
    return u < 18.0f ? scaled : u;
}
