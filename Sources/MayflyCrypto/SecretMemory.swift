import COpenSSL
import Glibc

/// Memory for a secret: pages of its own, locked against swapping and left out of core dumps as far as the system
/// allows, zeroed before they are given back.
struct SecretMemory: ~Copyable {
    let bytes: UnsafeMutableRawBufferPointer

    init(count: Int) throws(CryptoFailure) {
        let base = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let base, base != MAP_FAILED else { throw CryptoFailure(.memory) }
        // Best effort: an unprivileged process may lock little, and the kernel may be old.
        _ = mlock(base, count)
        _ = madvise(base, count, CInt(MADV_DONTDUMP))
        bytes = UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    deinit {
        // A plain memset may be optimised away before memory is freed: this one may not.
        OPENSSL_cleanse(bytes.baseAddress, bytes.count)
        munmap(bytes.baseAddress, bytes.count)
    }
}
