// A stand-in for the part of ap_int.h and ap_fixed.h that code for tables calls: integers of W bits
// that wrap around, and the bits of numbers. Values up to 63 bits.
#ifndef AP_INT_STAND_IN_H
#define AP_INT_STAND_IN_H

struct ap_bits {  // some of a number's bits, to be read or set
    long long &held;
    int low, width;
    bool sign;  // whether the number has one, at `top`
    int top;

    unsigned long long value() const { return (unsigned long long)held >> low & mask(); }
    unsigned long long mask() const { return (1ULL << width) - 1; }
    ap_bits &operator=(const ap_bits &other) {
        unsigned long long all = (unsigned long long)held;
        all = (all & ~(mask() << low)) | ((other.value() & mask()) << low);
        all &= (1ULL << (top + 1)) - 1;
        held = sign && (all >> top & 1) ? (long long)(all | ~((1ULL << (top + 1)) - 1))
                                        : (long long)all;
        return *this;
    }
};

template <int W, bool S> struct ap_stand_in {
    long long held;

    ap_stand_in() : held(0) {}
    ap_stand_in(long long v) : held(0) {
        long long other = v;
        range(W - 1, 0) = ap_bits{other, 0, W, false, 62};
    }
    template <int V, bool T> ap_stand_in(const ap_stand_in<V, T> &other) {
        *this = ap_stand_in(other.held);
    }
    operator long long() const { return held; }
    ap_bits range(int high, int low) const {
        return ap_bits{const_cast<long long &>(held), low, high - low + 1, S, W - 1};
    }
};

template <int W> using ap_int = ap_stand_in<W, true>;
template <int W> using ap_uint = ap_stand_in<W, false>;

#endif
