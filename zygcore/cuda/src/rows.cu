#include "rows.cuh"

#include "launch.h"
#include "row_launch.h"

namespace zyg {

static void require_axis(const Array& x, int axis, const char* call) {
    require(axis >= 0 && axis < x.ndim, call, "there is no such axis");
}

template <class T>
static void launch_softmax(const SoftmaxRows<T>& a, const RowPlan& plan, cudaStream_t stream) {
    if (plan.columns) {
        ZYG_LAUNCH(softmax_columns<T>, plan.grid, plan.block, 0, stream, a);
    } else if (plan.values) {
        with_lanes<T>(plan, [&](auto v, auto k) {
            ZYG_LAUNCH((softmax_lanes<T, v(), k()>), plan.grid, plan.block, 0, stream, a, plan.width);
        });
    } else {
        with_chunk<T>(plan, [&](auto v) {
            ZYG_LAUNCH((softmax_block<T, v()>), plan.grid, plan.block, 0, stream, a);
        });
    }
}

static void forward(RowKind kind, const Array& x, int axis, const Array& y, const Array* dy, const char* call,
                    cudaStream_t stream) {
    require_axis(x, axis, call);
    bool whole = kind != LOGSUMEXP;
    require(x.dtype == y.dtype && (!dy || dy->dtype == x.dtype), call, "the arrays must have the same dtype");
    require(y.ndim == x.ndim - !whole && (!dy || dy->ndim == x.ndim - 1), call,
            "the arrays do not have the same axes");
    require(!whole || y.shape[axis] == x.shape[axis], call, "the arrays do not have the same shape");
    RowAxes<3> axes = row_axes<3>({&x, &y, dy}, axis, call);
    int64_t n = x.shape[axis];
    if (axes.count == 0 || (whole && n == 0)) return;
    int64_t y_step = whole ? y.stride[axis] : 1;
    RowPlan plan = whole ? row_or_column_plan(axes, x, n, {x.stride[axis], y_step})
                         : row_or_column_plan(axes, x, n, {x.stride[axis]});
    with_float(x.dtype, call, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const T* d = dy ? dy->as<T>() : nullptr;
        SoftmaxRows<T> a{kind, x.as<T>(), y.as<T>(), d, n, x.stride[axis], y_step, axes};
        launch_softmax(a, plan, stream);
        launched(call);
    });
}

void softmax(const Array& x, int axis, const Array& y, cudaStream_t stream) {
    forward(SOFTMAX, x, axis, y, nullptr, "softmax", stream);
}

void log_softmax(const Array& x, int axis, const Array& y, cudaStream_t stream) {
    forward(LOG_SOFTMAX, x, axis, y, nullptr, "log_softmax", stream);
}

void logsumexp(const Array& x, int axis, const Array& y, cudaStream_t stream) {
    forward(LOGSUMEXP, x, axis, y, nullptr, "logsumexp", stream);
}

void logsumexp_back(const Array& dy, const Array& x, int axis, const Array& dx, cudaStream_t stream) {
    forward(LOGSUMEXP_BACK, x, axis, dx, &dy, "logsumexp_back", stream);
}

template <class T>
static void launch_back(const SoftmaxBackRows<T>& a, const RowPlan& plan, cudaStream_t stream) {
    if (plan.columns) {
        ZYG_LAUNCH(softmax_back_columns<T>, plan.grid, plan.block, 0, stream, a);
    } else if (plan.values) {
        with_lanes<T>(plan, [&](auto v, auto k) {
            ZYG_LAUNCH((softmax_back_lanes<T, v(), k()>), plan.grid, plan.block, 0, stream, a, plan.width);
        });
    } else {
        with_chunk<T>(plan, [&](auto v) {
            ZYG_LAUNCH((softmax_back_block<T, v()>), plan.grid, plan.block, 0, stream, a);
        });
    }
}

static void backward(RowKind kind, const Array& dy, const Array& y, int axis, const Array& dx,
                     const char* call, cudaStream_t stream) {
    require_axis(dy, axis, call);
    require(dy.dtype == y.dtype && dy.dtype == dx.dtype, call, "the arrays must have the same dtype");
    require(y.ndim == dy.ndim && dx.ndim == dy.ndim, call, "the arrays do not have the same axes");
    int64_t n = dy.shape[axis];
    require(y.shape[axis] == n && dx.shape[axis] == n, call, "the arrays do not have the same shape");
    RowAxes<3> axes = row_axes<3>({&dy, &y, &dx}, axis, call);
    if (axes.count == 0 || n == 0) return;
    int64_t dy_step = dy.stride[axis], y_step = y.stride[axis], dx_step = dx.stride[axis];
    RowPlan plan = row_or_column_plan(axes, dy, n, {dy_step, y_step, dx_step});
    with_float(dy.dtype, call, [&](auto tag) {
        using T = typename decltype(tag)::type;
        SoftmaxBackRows<T> a{kind, dy.as<T>(), y.as<T>(), dx.as<T>(), n, dy_step, y_step, dx_step, axes};
        launch_back(a, plan, stream);
        launched(call);
    });
}

void softmax_back(const Array& dy, const Array& y, int axis, const Array& dx, cudaStream_t stream) {
    backward(SOFTMAX, dy, y, axis, dx, "softmax_back", stream);
}

void log_softmax_back(const Array& dy, const Array& y, int axis, const Array& dx, cudaStream_t stream) {
    backward(LOG_SOFTMAX, dy, y, axis, dx, "log_softmax_back", stream);
}

}  // namespace zyg
