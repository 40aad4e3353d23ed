/*
 * User-mode Linux 6.1 hands the host a floating-point state that is too short where the processor has AMX, and the host
 * refuses it. Preloaded, this passes on one that is as long as the host's, what does not fit marked as unused.
 */
#include <cpuid.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { getRegisterSet = 0x4204, setRegisterSet = 0x4205, xstateNote = 0x202, headerAt = 512 };

static unsigned char state[65536] __attribute__((aligned(64)));

/* Bits of the state's components that end before `length`. */
static uint64_t components(size_t length)
{
	uint64_t fits = 3; /* x87 and SSE are always there */
	unsigned size, offset, flags, unused;

	for (unsigned i = 2; i < 63; i++) {
		__cpuid_count(0xd, i, size, offset, flags, unused);
		if (size != 0 && (flags & 1) == 0 && offset + size <= length)
			fits |= UINT64_C(1) << i;
	}
	return fits;
}

long ptrace(int request, ...)
{
	static size_t hostLength;
	va_list arguments;
	va_start(arguments, request);
	long process = va_arg(arguments, int);
	void *address = va_arg(arguments, void *);
	struct iovec *given = va_arg(arguments, void *);
	va_end(arguments);

	if (request != setRegisterSet || (unsigned long)address != xstateNote)
		return syscall(SYS_ptrace, (long)request, process, address, given);
	struct iovec padded = { state, sizeof state };
	if (hostLength == 0 && syscall(SYS_ptrace, (long)getRegisterSet, process, address, &padded) == 0)
		hostLength = padded.iov_len;
	if (given->iov_len >= hostLength)
		return syscall(SYS_ptrace, (long)request, process, address, given);
	memset(state, 0, sizeof state);
	memcpy(state, given->iov_base, given->iov_len);
	*(uint64_t *)(state + headerAt) &= components(given->iov_len);
	padded.iov_len = hostLength;
	return syscall(SYS_ptrace, (long)request, process, address, &padded);
}
