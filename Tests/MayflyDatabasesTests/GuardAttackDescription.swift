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
}
