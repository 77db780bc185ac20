#include "norm.cuh"

#include "launch.h"
#include "row_launch.h"

namespace zyg {

static void require_rows(const Array& x, const char* call) {
    require(x.ndim > 0, call, "an array of at least one axis is needed");
}

static void require_same(const Array& x, const Array& y, const char* call) {
    require(y.dtype == x.dtype, call, "the arrays must have the same dtype");
    require(y.ndim == x.ndim && y.shape[x.ndim - 1] == x.shape[x.ndim - 1], call,
            "the arrays do not have the same shape");
}

static void require_parameter(const Array* p, const Array& x, const char* call) {
    if (!p) return;
    require(p->dtype == x.dtype, call, "weight and bias must have the dtype of the array");
    require(p->ndim == 1 && p->shape[0] == x.shape[x.ndim - 1] && p->contiguous(), call,
            "weight and bias must be contiguous and have the length of the last axis");
}

static DType dtype_of_sums(const Array& x) { return x.dtype == DType::f64 ? DType::f64 : DType::f32; }

static void require_stats(const Array& stats, const Array& x, int64_t rows, const char* call) {
    require(stats.dtype == dtype_of_sums(x), call, "stats has the wrong dtype");
    require(stats.ndim == 2 && stats.shape[0] == 2 && stats.shape[1] == rows && stats.contiguous(), call,
            "stats must be contiguous, of two numbers for each row");
}

template <class T>
static T* data_of(const Array* a) {
    return a ? a->as<T>() : nullptr;
}

void normalize(const Array& x, const Array* weight, const Array* bias, double eps, bool centred,
               const Array& y, const Array& stats, cudaStream_t stream) {
    const char* call = "normalize";
    require_rows(x, call);
    require_same(x, y, call);
    require_parameter(weight, x, call);
    require_parameter(bias, x, call);
    int axis = x.ndim - 1;
    RowAxes<2> axes = row_axes<2>({&x, &y}, axis, call);
    require_stats(stats, x, axes.count, call);
    int64_t n = x.shape[axis], x_step = x.stride[axis], y_step = y.stride[axis];
    if (axes.count == 0 || n == 0) return;
    RowPlan plan = row_plan(axes, x, n, {x_step, y_step});
    with_float(x.dtype, call, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using A = arith<T>;
        const T *w = data_of<T>(weight), *b = data_of<T>(bias);
        NormRows<T> a{centred, x.as<T>(), w, b, y.as<T>(), stats.as<A>(), static_cast<A>(eps),
                      n, x_step, y_step, axes};
        if (plan.values)
            with_lanes<T>(plan, [&](auto v, auto k) {
                ZYG_LAUNCH((norm_lanes<T, v(), k()>), plan.grid, plan.block, 0, stream, a, plan.width);
            });
        else
            with_chunk<T>(plan, [&](auto v) {
                ZYG_LAUNCH((norm_block<T, v()>), plan.grid, plan.block, 0, stream, a);
            });
        launched(call);
    });
}

void normalize_back(const Array& dy, const Array& x, const Array* weight, const Array& stats, bool centred,
                    const Array& dx, cudaStream_t stream) {
    const char* call = "normalize_back";
    require_rows(dy, call);
    require_same(dy, x, call);
    require_same(dy, dx, call);
    require_parameter(weight, x, call);
    int axis = dy.ndim - 1;
    RowAxes<3> axes = row_axes<3>({&dy, &x, &dx}, axis, call);
    require_stats(stats, x, axes.count, call);
    int64_t n = x.shape[axis], dy_step = dy.stride[axis], x_step = x.stride[axis], dx_step = dx.stride[axis];
    if (axes.count == 0 || n == 0) return;
    RowPlan plan = row_plan(axes, dy, n, {dy_step, x_step, dx_step});
    with_float(x.dtype, call, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using A = arith<T>;
        NormBackRows<T> a{centred, dy.as<T>(), x.as<T>(), data_of<T>(weight), stats.as<A>(), dx.as<T>(),
                          n, dy_step, x_step, dx_step, axes};
        if (plan.values)
            with_lanes<T>(plan, [&](auto v, auto k) {
                ZYG_LAUNCH((norm_back_lanes<T, v(), k()>), plan.grid, plan.block, 0, stream, a, plan.width);
            });
        else
            with_chunk<T>(plan, [&](auto v) {
                ZYG_LAUNCH((norm_back_block<T, v()>), plan.grid, plan.block, 0, stream, a);
            });
        launched(call);
    });
}

// Into how many parts the rows are cut: so many that all parts of all columns fill a GPU; of 64 rows or more.
static int parts_of(int64_t rows, int64_t n) {
    int64_t tiles = std::max<int64_t>((n + WARP - 1) / WARP, 1), most = std::max<int64_t>(rows / 64, 1);
    return static_cast<int>(std::clamp<int64_t>((132 * 8 + tiles - 1) / tiles, 1, most));
}

int64_t normalize_columns_workspace(int64_t rows, int64_t n) { return 2 * n * parts_of(rows, n); }

void normalize_columns(const Array& dy, const Array& x, const Array& stats, const Array* dweight,
                       const Array* dbias, const Array& workspace, cudaStream_t stream) {
    const char* call = "normalize_columns";
    require_rows(dy, call);
    require_same(dy, x, call);
    require_parameter(dweight, x, call);
    require_parameter(dbias, x, call);
    int axis = dy.ndim - 1;
    RowAxes<2> axes = row_axes<2>({&dy, &x}, axis, call);
    require_stats(stats, x, axes.count, call);
    int64_t n = x.shape[axis], dy_step = dy.stride[axis], x_step = x.stride[axis];
    int64_t size = normalize_columns_workspace(axes.count, n);
    require(workspace.dtype == stats.dtype && workspace.contiguous() && workspace.size() >= size, call,
            "the workspace is too small");
    if (n == 0) return;
    int parts = parts_of(axes.count, n);
    with_float(x.dtype, call, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using A = arith<T>;
        const T* of_weight = dweight ? x.as<T>() : nullptr;
        NormColumns<T> a{dy.as<T>(), of_weight, stats.as<A>(), workspace.as<A>(), n, dy_step, x_step, parts,
                         axes};
        dim3 grid(grid_for(n, WARP), parts);
        ZYG_LAUNCH(norm_columns<T>, grid, dim3(WARP, 8), 0, stream, a);
        launched(call);
        ZYG_LAUNCH(norm_columns_end<T>, blocks_for(n, 128), dim3(128), 0, stream, workspace.as<A>(), parts, n,
                   data_of<T>(dweight), data_of<T>(dbias));
        launched(call);
    });
}

}  // namespace zyg
