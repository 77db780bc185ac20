#include "loss.cuh"

#include "launch.h"
#include "row_launch.h"

namespace zyg {

static void require_loss(const Array& x, const Array& labels, const Array* weight, double smoothing,
                         const char* call) {
    require(x.ndim > 0, call, "an array of at least one axis is needed");
    require(labels.dtype == DType::i64 || labels.dtype == DType::i32, call, "labels must be int64 or int32");
    require(labels.ndim == x.ndim - 1, call, "labels must have one axis less than the array");
    require(smoothing >= 0 && smoothing <= 1, call, "the smoothing must lie between 0 and 1");
    if (!weight) return;
    require(weight->dtype == x.dtype, call, "the class weights must have the dtype of the array");
    require(weight->ndim == 1 && weight->shape[0] == x.shape[x.ndim - 1] && weight->contiguous(), call,
            "the class weights must be contiguous, one for each class");
}

static void require_sums(const Array& a, const Array& x, int64_t size, const char* call, const char* name) {
    DType dtype = x.dtype == DType::f64 ? DType::f64 : DType::f32;
    require(a.dtype == dtype && a.contiguous() && a.size() >= size, call,
            std::string(name) + " must be contiguous, of the right dtype and size");
}

static Labels labels_of(const Array& labels, int64_t ignore_index) {
    return {labels.data, labels.dtype == DType::i64, ignore_index};
}

static int parts_of(int64_t rows) { return static_cast<int>(blocks_for(rows, 256, 4).x); }

int64_t cross_entropy_workspace(int64_t rows) { return 2 * rows + 2 * parts_of(rows); }

void cross_entropy(const Array& x, const Array& labels, const Array* weight, int64_t ignore_index,
                   double smoothing, Reduction reduction, const Array& loss, const Array& stats,
                   const Array* denominator, const Array* workspace, cudaStream_t stream) {
    const char* call = "cross_entropy";
    require_loss(x, labels, weight, smoothing, call);
    bool none = reduction == Reduction::none;
    require(loss.dtype == x.dtype, call, "the loss must have the dtype of the array");
    require(none ? loss.ndim == labels.ndim : loss.size() == 1, call,
            "the loss does not have the right shape");
    RowAxes<3> axes = row_axes<3>({&x, &labels, none ? &loss : nullptr}, x.ndim - 1, call);
    require_sums(stats, x, 3 * axes.count, call, "stats");
    require(none || (denominator && workspace), call, "a workspace and a denominator are needed");
    if (!none) {
        require_sums(*workspace, x, cross_entropy_workspace(axes.count), call, "the workspace");
        require_sums(*denominator, x, 1, call, "the denominator");
    }
    int64_t n = x.shape[x.ndim - 1], rows = axes.count, step = x.stride[x.ndim - 1];
    RowPlan plan = row_plan(axes, x, n, {step});
    with_float(x.dtype, call, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using A = arith<T>;
        A* sums = none ? nullptr : workspace->as<A>();
        T* of_rows = none ? loss.as<T>() : nullptr;
        LossRows<T> a{x.as<T>(), weight ? weight->as<T>() : nullptr, labels_of(labels, ignore_index),
                      static_cast<A>(smoothing), of_rows, stats.as<A>(), sums, n, step, axes};
        if (rows > 0) {
            if (plan.values)
                with_lanes<T>(plan, [&](auto v, auto k) {
                    ZYG_LAUNCH((loss_lanes<T, v(), k()>), plan.grid, plan.block, 0, stream, a, plan.width);
                });
            else
                with_chunk<T>(plan, [&](auto v) {
                    ZYG_LAUNCH((loss_block<T, v()>), plan.grid, plan.block, 0, stream, a);
                });
            launched(call);
        }
        if (none) return;
        int parts = parts_of(rows);
        A* of_parts = sums + 2 * rows;
        ZYG_LAUNCH(sum_pairs<A>, dim3(parts), dim3(256), 0, stream, sums, sums + rows, rows, of_parts);
        launched(call);
        ZYG_LAUNCH(loss_end<T>, dim3(1), dim3(256), 0, stream, of_parts, parts, reduction == Reduction::mean,
                   loss.as<T>(), denominator->as<A>());
        launched(call);
    });
}

void cross_entropy_back(const Array* dy, const Array& x, const Array& labels, const Array* weight,
                        int64_t ignore_index, double smoothing, const Array& stats, const Array* denominator,
                        const Array& dx, cudaStream_t stream) {
    const char* call = "cross_entropy_back";
    require_loss(x, labels, weight, smoothing, call);
    int axis = x.ndim - 1;
    bool same = dx.dtype == x.dtype && (!dy || dy->dtype == x.dtype);
    require(same, call, "the arrays must have the same dtype");
    bool fitting = dx.ndim == x.ndim && dx.shape[axis] == x.shape[axis];
    require(fitting && (!dy || dy->ndim == 0 || dy->ndim == axis), call,
            "the arrays do not have the right shape");
    const Array* spread = dy && dy->ndim == axis ? dy : nullptr;  // one number has the strides of nothing: 0
    RowAxes<4> axes = row_axes<4>({&x, &labels, spread, &dx}, axis, call);
    require_sums(stats, x, 3 * axes.count, call, "stats");
    if (denominator) require_sums(*denominator, x, 1, call, "the denominator");
    int64_t n = x.shape[axis], step = x.stride[axis], dx_step = dx.stride[axis];
    if (axes.count == 0 || n == 0) return;
    with_float(x.dtype, call, [&](auto tag) {
        using T = typename decltype(tag)::type;
        using A = arith<T>;
        LossBackRows<T> a{dy ? dy->as<T>() : nullptr, x.as<T>(), weight ? weight->as<T>() : nullptr,
                          labels_of(labels, ignore_index), static_cast<A>(smoothing), stats.as<A>(),
                          denominator ? denominator->as<A>() : nullptr, dx.as<T>(), n, step, dx_step, axes};
        RowPlan plan;
        plan.vector = step == 1 && dx_step == 1;
        with_chunk<T>(plan, [&](auto v) {
            int width = std::min(power_of_two_from((n + v() - 1) / v()), 256);
            dim3 grid(grid_for(axes.count, 256 / width));
            ZYG_LAUNCH((loss_back<T, v()>), grid, dim3(256), 0, stream, a, width);
        });
        launched(call);
    });
}

}  // namespace zyg
