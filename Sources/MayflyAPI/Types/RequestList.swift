/// Requests, newest first.
public struct RequestList: WireObject {
    /// One page.
    public var requests: [AccessRequest]
    /// Pass as `after` for the next page; absent on the last.
    public var next: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case requests
        case next
    }

    public init(requests: [AccessRequest], next: String? = nil) {
        self.requests = requests
        self.next = next
    }
}
