/// How a connection is encrypted.
package struct TLSInfo: Sendable, Equatable {
    /// For example `TLSv1.3`.
    package let version: String
    /// For example `TLS_AES_256_GCM_SHA384`.
    package let cipher: String
}
