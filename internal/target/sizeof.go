package target

import "math/bits"

// sizeofLong is sizeof(long) of the kernel's interface: that of a register.
const sizeofLong = bits.UintSize / 8
