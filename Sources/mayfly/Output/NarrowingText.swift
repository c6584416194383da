/// What a request or a lease is narrowed to, for people.
enum NarrowingText {
    /// - Returns: nil for what is not narrowed.
    static func text(_ tables: [String]?, _ columns: [String]?) -> String? {
        let names = (tables ?? []) + (columns ?? [])
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }
}
