/// A line of pgaudit (https://github.com/pgaudit/pgaudit#format), which has no context, as whatever a session has the server log has:
///
///     AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,"select 'a,b' from orders",<not logged>
enum PgAuditText {
    static let prefix = "AUDIT: "

    static func read(_ message: String) -> LoggedStatement? {
        guard let rest = message[...].after(prefix), let fields = fields(Array(rest.utf8)), fields.count >= 8,
            fields[0] == "SESSION" || fields[0] == "OBJECT"
        else { return nil }
        // Class, command, kind and name of the object.
        let what = fields[3...6].filter { !$0.isEmpty }.joined(separator: " ")
        let parameters = fields.count > 8 && !fields[8].isEmpty && !fields[8].hasPrefix("<") ? fields[8] : nil
        var statement = LoggedStatement(text: fields[7], parameters: parameters)
        statement.audit = what
        return statement
    }

    /// By commas; in quotes that are doubled there. Nil where such a field has no end, or something behind it.
    private static func fields(_ bytes: [UInt8]) -> [String]? {
        let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
        var fields: [String] = []
        var index = 0
        while true {
            var field: [UInt8] = []
            if index < bytes.count, bytes[index] == quote {
                index += 1
                while true {
                    guard let end = bytes[index...].firstIndex(of: quote) else { return nil }
                    field += bytes[index..<end]
                    index = end + 1
                    guard index < bytes.count, bytes[index] == quote else { break }
                    field.append(quote)
                    index += 1
                }
            } else {
                field = Array(bytes[index...].prefix { $0 != comma })
                index += field.count
            }
            fields.append(String(decoding: field, as: UTF8.self))
            guard index < bytes.count else { return fields }
            guard bytes[index] == comma else { return nil }
            index += 1
        }
    }
}
