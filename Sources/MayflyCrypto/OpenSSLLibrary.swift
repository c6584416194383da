import COpenSSL

package enum OpenSSLLibrary {
    /// Keeps OpenSSL from tearing itself down when the process exits, while a thread may still be connecting to a server:
    /// it would work on memory that is gone. To be called before anything else uses it (OPENSSL_init_crypto(3)).
    package static func outliveThreads() {
        _ = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }
}
