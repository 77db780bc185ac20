/* How much of the C stack is left. The machine takes more of it than CPython counts on when C
   code and Python code call each other (nearly 2 KB each time), and CPython 3.11 does not count. */
#ifndef ZYGCORE_STACK_H
#define ZYGCORE_STACK_H

#include <Python.h>
#if defined(__linux__) || defined(__APPLE__)
#include <pthread.h>
#endif

#define ZYG_STACK_RESERVE (512 * 1024)

static __thread char *zyg_stack_end = NULL;  /* nothing is begun below it */
static __thread int zyg_stack_known = 0;

static void zyg_find_stack(void)
{
    char *low = NULL;
    size_t size = 0;
#if defined(__linux__)
    pthread_attr_t attr;
    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        if (pthread_attr_getstack(&attr, (void **)&low, &size) != 0)
            low = NULL;
        pthread_attr_destroy(&attr);
    }
#elif defined(__APPLE__)
    size = pthread_get_stacksize_np(pthread_self());
    low = (char *)pthread_get_stackaddr_np(pthread_self()) - size;
#endif
    if (low != NULL)
        zyg_stack_end = low + Py_MIN(size / 8, ZYG_STACK_RESERVE);
    zyg_stack_known = 1;
}

/* Whether too little is left. Where it is not known how large the stack is, never. */
static inline int zyg_stack_is_full(void)
{
    char here;
    if (!zyg_stack_known)
        zyg_find_stack();
    return &here < zyg_stack_end;
}

#endif
