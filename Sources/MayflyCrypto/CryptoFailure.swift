import COpenSSL

/// OpenSSL could not do what it was asked. Carries the library's code only, never an input.
package struct CryptoFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Operation: String, Sendable {
        case random, digest, hmac, derivation, key, sealing, signature, argument
        /// The system gave no memory for a secret.
        case memory
    }

    package let operation: Operation
    /// `ERR_get_error()`; 0 where OpenSSL left none.
    package let code: UInt

    init(_ operation: Operation) {
        self.operation = operation
        code = UInt(ERR_get_error())
    }

    package var description: String { "cryptography failed: \(operation.rawValue) (OpenSSL \(code))" }
}
