MemcpyHtoD,0x00007f1000000000,1024
kernel-1.traceg
kernel-2.traceg
kernel-7.traceg
