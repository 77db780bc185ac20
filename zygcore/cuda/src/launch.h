// The launchers: what the bindings call.  They check their arguments, choose the kernel for the dtype,
// launch it on a stream, and return without waiting.
//
// Each family of kernels has a header of its own with its launchers, which this file includes.
#pragma once

#include "array.h"
#include "copy.h"
#include "elementwise.h"
#include "gather.h"
#include "loss.h"
#include "norm.h"
#include "random.h"
#include "reduce.h"
#include "rows.h"
#include "update.h"
