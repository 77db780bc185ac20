#include "reduce.h"

#include "layout.h"
#include "reduce.cuh"

namespace zyg {

namespace {

constexpr int64_t ENOUGH_BLOCKS = 132 * 8;

// Axes that are kept, with the strides of x and y; axes that are summed up; the innermost of x apart.
struct Plan {
    Axes<2> kept;
    Axes<1> summed;
    bool along = true;  // is the innermost axis summed up?
    int64_t n = 1, step = 0, y_step = 0;
    // how it is cut up
    int group = 1, across = 1, down = 1;
    Parts parts;
    int64_t blocks = 1, count = 1;  // of results at once, and of parts

    int64_t results() const { return kept.size() * (along ? 1 : n); }
};

int64_t distance(int64_t stride) { return stride == 0 ? INT64_MAX : stride < 0 ? -stride : stride; }

// The innermost axis is the one along which elements of x are neighbours; what x repeats comes last.
template <int M>
void by_stride(Axes<M>& axes) {
    for (int a = 1; a < axes.count; ++a)
        for (int b = a; b > 0 && distance(axes.stride[0][b - 1]) < distance(axes.stride[0][b]); --b) axes.swap(b - 1, b);
    axes.join();
}

void cut_along(Plan& p, int lanes) {
    int64_t rows = p.summed.size(), some = divided_up(p.n, lanes), results = p.kept.size();
    p.group = some * rows > 512 || (some * rows > WARP && results < ENOUGH_BLOCKS) ? 256 : power_of_two(some * rows, WARP);
    p.across = power_of_two(some, p.group);
    p.down = p.group / p.across;
    p.blocks = divided_up(results, 256 / p.group);
    int64_t parts = p.group < 256 ? 1 : std::clamp<int64_t>(ENOUGH_BLOCKS / p.blocks, 1, std::max<int64_t>(some * rows / 1024, 1));
    int64_t along = std::clamp<int64_t>(some / (4 * p.across), 1, parts);
    p.parts.n = divided_up(some, along) * lanes;
    p.parts.along = static_cast<int>(divided_up(p.n, p.parts.n));
    p.parts.rows = divided_up(rows, std::clamp<int64_t>(parts / along, 1, rows));
    p.count = p.parts.along * divided_up(rows, p.parts.rows);
}

void cut_down(Plan& p, int lanes) {
    int64_t rows = p.summed.size(), some = divided_up(p.n, lanes);
    p.across = power_of_two(some, 256 / power_of_two(rows, 8));
    p.down = power_of_two(rows, 256 / p.across);
    p.blocks = divided_up(some, p.across) * p.kept.size();
    int64_t parts = std::clamp<int64_t>(ENOUGH_BLOCKS / p.blocks, 1, std::max<int64_t>(rows / (8 * p.down), 1));
    p.parts.rows = divided_up(rows, parts);
    p.parts.n = p.n;
    p.count = divided_up(rows, p.parts.rows);
}

// Chooses the kernel and its grid; arrays without elements never get here.
Plan finished(Axes<2> kept, Axes<1> summed, int lanes) {
    Plan p;
    by_stride(kept);
    by_stride(summed);
    int64_t of_kept = kept.count ? distance(kept.stride[0][kept.count - 1]) : INT64_MAX;
    p.along = summed.count && (!kept.count || distance(summed.stride[0][summed.count - 1]) < of_kept);
    if (p.along) {
        p.n = summed.shape[--summed.count];
        p.step = summed.stride[0][summed.count];
    } else if (kept.count) {
        p.n = kept.shape[--kept.count];
        p.step = kept.stride[0][kept.count];
        p.y_step = kept.stride[1][kept.count];
    }
    p.kept = kept;
    p.summed = summed;
    p.along ? cut_along(p, lanes) : cut_down(p, lanes);
    return p;
}

// The axes of x: kept ones, and those to sum up.
std::pair<Axes<2>, Axes<1>> axes_of(const Array& x, const Array& y) {
    require(y.contiguous() && y.ndim <= x.ndim, "sum_to", "the result must be contiguous, with at most the axes of x");
    Axes<2> kept;
    Axes<1> summed;
    int64_t y_strides[MAX_DIMS + 1] = {1};  // of axes counted from the last
    for (int a = 0; a < y.ndim; ++a) y_strides[a + 1] = y_strides[a] * y.shape[y.ndim - 1 - a];
    for (int a = 0; a < x.ndim; ++a) {
        int own = a - (x.ndim - y.ndim);
        int64_t n = x.shape[a], of_y = own < 0 ? 1 : y.shape[own];
        require(of_y == n || of_y == 1, "sum_to", "the shape of y does not broadcast to that of x");
        if (of_y == n) kept.add(n, {x.stride[a], y_strides[x.ndim - 1 - a]});
        else summed.add(n, {x.stride[a]});
    }
    return {kept, summed};
}

// The strides of an array in C order with the kept axes of a plan.
void in_order(Plan& p) {
    int64_t stride = p.along ? 1 : p.n;
    p.y_step = 1;
    for (int a = p.kept.count - 1; a >= 0; --a) {
        p.kept.stride[1][a] = stride;
        stride *= p.kept.shape[a];
    }
    p.parts.stride = stride;
}

// The second step: the sum over the parts, which lie behind each other.
Plan second(const Plan& p, int lanes) {
    Axes<2> kept = p.kept;
    if (!p.along) kept.add(p.n, {1, p.y_step});
    int64_t stride = 1;
    for (int a = kept.count - 1; a >= 0; --a) {
        kept.stride[0][a] = stride;
        stride *= kept.shape[a];
    }
    Axes<1> summed;
    summed.add(p.count, {stride});
    Plan next = finished(kept, summed, lanes);
    next.count = 1;  // there are few parts
    next.parts.rows = next.summed.size();
    next.parts.n = divided_up(next.n, lanes) * lanes;
    next.parts.along = 1;
    return next;
}

template <class T, class Out>
void launch_sum(const Plan& p, const T* x, Out* y, cudaStream_t stream) {
    constexpr int V = NEIGHBOURS<T>;
    Access access = access_of(x, sizeof(T), V, p.step, p.kept, 0);
    if (access == VECTORS) access = access_of(x, sizeof(T), V, p.step, p.summed, 0);
    if (access == SAME) access = LANEWISE;
    unsigned parts = static_cast<unsigned>(p.count);
    if (p.along) {
        dim3 grid(static_cast<unsigned>(std::min<int64_t>(p.blocks, 1 << 20)), parts);
        ZYG_LAUNCH((sum_along_kernel<T, Out>), grid, dim3(256), 0, stream, x, access, p.step, p.kept.rows(), p.summed.rows(), p.n,
                   p.group, p.across, p.parts, y);
    } else {
        bool vectors = sizeof(Out) == sizeof(T) && aligned(y, 16) && p.parts.stride % V == 0;
        for (int a = 0; a < p.kept.count; ++a) vectors = vectors && p.kept.stride[1][a] % V == 0;
        int64_t tiles = divided_up(divided_up(p.n, V), p.across);
        dim3 grid(static_cast<unsigned>(tiles), static_cast<unsigned>(std::min<int64_t>(p.kept.size(), 65535)), parts);
        ZYG_LAUNCH((sum_down_kernel<T, Out>), grid, dim3(p.across, p.down), 0, stream, x, access, p.step, p.kept.rows(),
                   p.summed.rows(), p.n, p.y_step, vectors, p.parts, y);
    }
    launched("sum_to");
}

}  // namespace

int64_t sum_workspace(const Array& x, const Array& y) {
    int64_t needed = 0;
    const auto axes = axes_of(x, y);
    if (x.size() == 0 || y.size() == 0) return 0;
    with_float(x.dtype, "sum_to", [&](auto tag) {
        Plan p = finished(axes.first, axes.second, NEIGHBOURS<typename decltype(tag)::type>);
        if (p.count > 1) needed = p.count * p.results();
    });
    return needed;
}

void sum_to(const Array& x, const Array& y, const Array& workspace, cudaStream_t stream) {
    require(x.dtype == y.dtype, "sum_to", "x and y must have the same dtype");
    const auto axes = axes_of(x, y);
    with_float(x.dtype, "sum_to", [&](auto tag) {
        using T = typename decltype(tag)::type;
        using A = arith<T>;
        if (y.size() == 0) return;
        if (x.size() == 0) {
            check(cudaMemsetAsync(y.data, 0, static_cast<size_t>(y.size()) * sizeof(T), stream), "sum_to");
            return;
        }
        Plan p = finished(axes.first, axes.second, NEIGHBOURS<T>);
        if (p.count == 1) return launch_sum<T, T>(p, x.as<T>(), y.as<T>(), stream);
        DType sums = sizeof(A) == 8 ? DType::f64 : DType::f32;
        require(workspace.dtype == sums && workspace.contiguous() && workspace.size() >= p.count * p.results(), "sum_to",
                "the workspace is too small or of another dtype");
        Plan next = second(p, NEIGHBOURS<A>);
        in_order(p);
        launch_sum<T, A>(p, x.as<T>(), workspace.as<A>(), stream);
        launch_sum<A, T>(next, workspace.as<A>(), y.as<T>(), stream);
    });
}

}  // namespace zyg
