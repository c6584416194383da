import Foundation

/// What the tests read of `mayfly.describe()`.
struct GuardAttackDescription: Decodable {
    struct Function: Decodable {
        var name: String
        var acl: [String]
        var config: [String]
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var security_definer: Bool
    }
    var functions: [Function]

    static func decode(_ text: String) throws -> GuardAttackDescription {
        try JSONDecoder().decode(GuardAttackDescription.self, from: Data(text.utf8))
    }
}
