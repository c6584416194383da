/// Header fields with a meaning of our own.
public enum MayflyHeader {
    /// On `POST /v1/requests`: 1 to 128 printable ASCII characters. The same key from the same identity within
    /// five minutes returns the same lease with a fresh password, while no session of it was seen.
    public static let idempotencyKey = "Idempotency-Key"
    /// On every reply: the call's id, as in the daemon's log.
    public static let requestID = "X-Request-Id"
}
