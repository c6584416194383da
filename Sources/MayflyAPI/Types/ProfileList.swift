/// What the caller may ask for.
public struct ProfileList: WireObject {
    /// Sorted by name.
    public var profiles: [ProfileSummary]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case profiles
    }

    public init(profiles: [ProfileSummary]) {
        self.profiles = profiles
    }
}
