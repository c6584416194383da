/// A JSON object of the API.
///
/// Members are named explicitly, in snake_case, by the type's `CodingKeys`; dates need `MayflyJSON`'s coders.
/// A reader ignores members that it does not know.
public protocol WireObject: Codable, Sendable, Hashable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

extension WireObject {
    /// The names of all members, as they stand in the JSON.
    public static var keys: [String] { CodingKeys.allCases.map(\.stringValue) }
}
