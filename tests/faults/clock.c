/* Lets a process see another time of day: every clock of the calendar is CLOCK_SHIFT seconds ahead. Preloaded. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static time_t shift(void) {
    const char *seconds = getenv("CLOCK_SHIFT");
    return seconds ? atoll(seconds) : 0;
}

/* The kernel waits by the true clock. Times this small are no dates, but of a clock that only runs. */
static struct timespec true_time(const struct timespec *until) {
    struct timespec moment = *until;
    if (moment.tv_sec > 500000000) moment.tv_sec -= shift();
    return moment;
}

int clock_gettime(clockid_t id, struct timespec *now) {
    int failed = REAL(clock_gettime)(id, now);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int failed = REAL(gettimeofday)(now, zone);
    if (!failed) now->tv_sec += shift();
    return failed;
}

time_t time(time_t *out) {
    time_t now = REAL(time)(NULL) + shift();
    if (out) *out = now;
    return now;
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    struct timespec moment = true_time(until);
    __typeof__(&pthread_cond_timedwait) wait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    return (wait ? wait : REAL(pthread_cond_timedwait))(cond, mutex, &moment);
}

int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
    struct timespec moment = true_time(until);
    return REAL(sem_timedwait)(sem, &moment);
}
