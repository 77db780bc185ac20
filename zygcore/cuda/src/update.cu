#include "update.h"

#include "update.cuh"

namespace zyg {

namespace {

// The arrays that belong together: parameter, gradient ...; data is null where there is none.
template <int K>
struct Row {
    Array a[K];
};

// Arrays that are written must not share memory with others, which other blocks may be reading; an array
// may be the argument of its own accumulation.
template <int K>
void check_apart(const char* call, const std::vector<Row<K>>& rows, unsigned written) {
    struct Range {
        uintptr_t begin, end;
        size_t row;
        bool written;
    };
    std::vector<Range> ranges;
    for (size_t i = 0; i < rows.size(); ++i)
        for (int k = 0; k < K; ++k) {
            const Array& a = rows[i].a[k];
            if (a.data == nullptr || a.size() == 0) continue;
            uintptr_t begin = reinterpret_cast<uintptr_t>(a.data);
            ranges.push_back({begin,
                              begin + static_cast<uintptr_t>(a.size()) * item_size(a.dtype), i,
                                  (written >> k & 1u) != 0});
        }
    std::sort(ranges.begin(), ranges.end(), [](const Range& x, const Range& y) { return x.begin < y.begin; });
    Range last = {0, 0, 0, false}, last_written = last;  // those that reach furthest
    for (const Range& r : ranges) {
        for (const Range& other : {last, last_written})
            require(r.begin >= other.end || !(r.written || other.written) ||
                        (r.row == other.row && r.begin == other.begin && r.end == other.end &&
                         r.written != other.written),
                    call, "an array that is written shares memory with another");
        if (r.end > last.end) last = r;
        if (r.written && r.end > last_written.end) last_written = r;
    }
}

template <class Op>
void launch_rows(const char* call, const Op& op, const std::vector<Row<Op::K>>& rows, cudaStream_t stream) {
    static_assert(sizeof(Op) + sizeof(Table<Op::K>) <= 4096, "more than a kernel takes as parameters");
    Table<Op::K> table = {};
    int64_t blocks = 0;
    auto flush = [&] {
        if (table.count == 0) return;
        ZYG_LAUNCH(update_kernel<Op>, dim3(static_cast<unsigned>(blocks)), dim3(UPDATE_THREADS), 0, stream,
                   op, table);
        launched(call);
        table.count = 0;
        blocks = 0;
    };
    for (const Row<Op::K>& row : rows) {
        int64_t n = row.a[0].size(), more = (n + UPDATE_CHUNK - 1) / UPDATE_CHUNK;
        if (n == 0) continue;
        require(more <= INT32_MAX, call, "an array has too many elements");
        if (table.count == MAX_TENSORS || blocks + more > INT32_MAX) flush();
        for (int k = 0; k < Op::K; ++k) table.p[k][table.count] = row.a[k].data;
        table.n[table.count] = n;
        table.first[table.count++] = static_cast<uint32_t>(blocks);
        blocks += more;
    }
    flush();
}

// Calls f(Tag<X>(), Tag<Y>(), rows) for each combination of dtypes, of floats, of the first two arrays
// of the rows.
template <int K, class F>
void by_dtypes(const char* call, const std::vector<Row<K>>& rows, F&& f) {
    std::vector<Row<K>> chosen[4][4];
    for (const Row<K>& row : rows)
        chosen[static_cast<int>(row.a[0].dtype)][static_cast<int>(row.a[1].dtype)].push_back(row);
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) {
            const auto& some = chosen[i][j];
            if (some.empty()) continue;
            with_float(static_cast<DType>(i), call, [&](auto x) {
                with_float(static_cast<DType>(j), call, [&](auto y) { f(x, y, some); });
            });
        }
}

// The rows of lists of arrays, checked; an empty list stands for arrays that there are not.
template <int K>
std::vector<Row<K>> rows_of(const char* call, const Arrays* const (&lists)[K], unsigned written) {
    std::vector<Row<K>> rows(lists[0]->size());
    for (int k = 0; k < K; ++k) {
        const Arrays& list = *lists[k];
        if (k >= 2 && list.empty()) continue;
        require(list.size() == rows.size(), call, "the lists must be of one length");
        for (size_t i = 0; i < rows.size(); ++i) {
            const Array& a = list[i];
            require(a.contiguous(), call, "the arrays must be contiguous");
            const Array& first = (*lists[0])[i];
            require(a.ndim == first.ndim && std::equal(a.shape, a.shape + a.ndim, first.shape), call,
                    "arrays that belong together must have the same shape");
            rows[i].a[k] = a;
        }
    }
    check_apart<K>(call, rows, written);
    return rows;
}

template <class T>
constexpr DType CODE = DType::f64;
template <>
constexpr DType CODE<float> = DType::f32;
template <>
constexpr DType CODE<f16> = DType::f16;
template <>
constexpr DType CODE<bf16> = DType::bf16;

// Can what is of type x be added to what is of type y?  Nothing of it must be lost.
constexpr bool fits(DType x, DType y) { return x == y || item_size(x) < item_size(y); }

// Can parameters have such gradients: of their own type, or float32 with 16 bits?
constexpr bool goes_with(DType p, DType g) {
    return p == g || (p == DType::f32 && item_size(g) == 2) || (g == DType::f32 && item_size(p) == 2);
}

template <int K>
void check_parameters(const char* call, const std::vector<Row<K>>& rows) {
    for (const Row<K>& row : rows) {
        for (int k = 0; k < 2; ++k) with_float(row.a[k].dtype, call, [](auto) {});
        require(goes_with(row.a[0].dtype, row.a[1].dtype), call,
                "parameters and gradients must have the same dtype, "
                "or one of them float32 and the other 16 bits");
        DType dtype = row.a[0].dtype, arithmetic = dtype == DType::f64 ? dtype : DType::f32;
        require(row.a[2].data == nullptr || dtype == DType::f16 || dtype == DType::bf16, call,
                "masters are for parameters of 16 bits");
        for (int k = 2; k < K; ++k)
            require(row.a[k].data == nullptr || row.a[k].dtype == arithmetic, call,
                    "masters and moments must be float32, and float64 for parameters of float64");
    }
}

template <template <class, class> class Op, int K, class Make>
void update(const char* call, const std::vector<Row<K>>& rows, cudaStream_t stream, Make&& make) {
    by_dtypes<K>(call, rows, [&](auto p, auto g, const std::vector<Row<K>>& some) {
        using P = typename decltype(p)::type;
        using G = typename decltype(g)::type;
        if constexpr (goes_with(CODE<P>, CODE<G>)) launch_rows(call, make(Tag<Op<P, G>>()), some, stream);
    });
}

}  // namespace

void accumulate(double a, const Arrays& xs, const Arrays& ys, cudaStream_t stream) {
    auto rows = rows_of<2>("axpy", {&xs, &ys}, 1u << 1);
    for (const Row<2>& row : rows) {
        for (const Array& array : row.a) with_float(array.dtype, "axpy", [](auto) {});
        require(fits(row.a[0].dtype, row.a[1].dtype), "axpy", "y must have the dtype of x, or a wider one");
    }
    by_dtypes<2>("axpy", rows, [&](auto x, auto y, const std::vector<Row<2>>& some) {
        using X = typename decltype(x)::type;
        using Y = typename decltype(y)::type;
        if constexpr (fits(CODE<X>, CODE<Y>)) launch_rows("axpy", Axpy<X, Y>{static_cast<arith<Y>>(a)}, some,
                                                          stream);
    });
}

void sgd(const Arrays& params, const Arrays& grads, const Arrays& masters, const Arrays& momenta,
         const SgdOptions& o,
         cudaStream_t stream) {
    auto rows = rows_of<4>("sgd", {&params, &grads, &masters, &momenta}, ~(1u << 1));
    check_parameters<4>("sgd", rows);
    require(o.momentum == 0 || momenta.size() == params.size(), "sgd",
            "momentum needs an array of it for each parameter");
    update<Sgd, 4>("sgd", rows, stream, [&](auto tag) {
        using Op = typename decltype(tag)::type;
        using A = typename Op::A;
        return Op{static_cast<A>(o.rate), static_cast<A>(o.momentum), static_cast<A>(o.weight_decay),
                  o.nesterov};
    });
}

void adam(const Arrays& params, const Arrays& grads, const Arrays& masters, const Arrays& first,
          const Arrays& second,
          const AdamOptions& o, cudaStream_t stream) {
    auto rows = rows_of<5>("adam", {&params, &grads, &masters, &first, &second}, ~(1u << 1));
    check_parameters<5>("adam", rows);
    require(first.size() == params.size() && second.size() == params.size(), "adam",
            "two moments are needed for each parameter");
    const double* corrections = nullptr;
    if (o.counter) {
        require(o.counter->dtype == DType::i64 && o.counter->size() == 1, "adam",
                "step must be an int, or an array of one int64");
        require(o.corrections && o.corrections->dtype == DType::f64 && o.corrections->size() == 2, "adam",
                "two corrections of float64 are needed");
        auto all = rows;
        all.push_back({*o.counter});
        check_apart<5>("adam", all, ~(1u << 1));
        corrections = o.corrections->as<double>();
        ZYG_LAUNCH(adam_step_kernel, dim3(1), dim3(1), 0, stream, o.counter->as<int64_t>(), o.beta1, o.beta2,
                   o.corrections->as<double>());
        launched("adam");
    } else {
        require(o.step >= 1, "adam", "steps are counted from 1");
    }
    double count = static_cast<double>(o.step);
    double correction1 = -std::expm1(count * std::log(o.beta1)),
        correction2 = std::sqrt(-std::expm1(count * std::log(o.beta2)));
    update<Adam, 5>("adam", rows, stream, [&](auto tag) {
        using Op = typename decltype(tag)::type;
        using A = typename Op::A;
        return Op{static_cast<A>(o.rate),         static_cast<A>(1 - o.beta1),  static_cast<A>(o.beta2),
                  static_cast<A>(1 - o.beta2),    static_cast<A>(o.eps),
                      static_cast<A>(o.weight_decay),
                  static_cast<A>(correction1),    static_cast<A>(correction2),  corrections,
                  o.decoupled};
    });
}

}  // namespace zyg
