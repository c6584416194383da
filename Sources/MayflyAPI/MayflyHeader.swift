/// Header fields with a meaning of our own.
public enum MayflyHeader {
    /// On `POST /v1/requests`: 1 to 128 printable ASCII characters. The same key from the same identity within
    /// five minutes returns the same lease with a fresh password, while no session of it was seen.
    public static let idempotencyKey = "Idempotency-Key"
    /// A code of the caller's second factor, six digits: on calls whose rule may demand one. It is checked before
    /// anything is decided, and used up by the call, whatever becomes of that.
    public static let code = "Mayfly-Code"
    /// On every reply: the call's id, as in the daemon's log.
    public static let requestID = "X-Request-Id"
}
