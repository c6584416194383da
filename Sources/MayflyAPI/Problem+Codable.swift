extension Problem {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // RFC 9457 makes every member optional; without our code it is not our problem document.
        code = try container.decode(ProblemCode.self, forKey: .code)
        type = try container.decodeIfPresent(String.self, forKey: .type) ?? "about:blank"
        title = try container.decodeIfPresent(String.self, forKey: .title) ?? code.rawValue
        status = try container.decodeIfPresent(Int.self, forKey: .status) ?? code.status
        detail = try container.decodeIfPresent(String.self, forKey: .detail) ?? ""
        instance = try container.decodeIfPresent(String.self, forKey: .instance)
        field = try container.decodeIfPresent(String.self, forKey: .field)
        hint = try container.decodeIfPresent(String.self, forKey: .hint)
        members = [:]
        let own = Set(Self.keys)
        let all = try decoder.container(keyedBy: Name.self)
        for name in all.allKeys where !own.contains(name.stringValue) {
            // A member of a shape that we cannot hold is one that we do not know: ignored.
            if let value = try? all.decode(ProblemMember.self, forKey: name) {
                members[name.stringValue] = value
            }
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var extensions = encoder.container(keyedBy: Name.self)
        let own = Set(Self.keys)
        for (name, value) in members where !own.contains(name) {
            try extensions.encode(value, forKey: Name(stringValue: name))
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.encode(title, forKey: .title)
        try container.encode(status, forKey: .status)
        try container.encode(detail, forKey: .detail)
        try container.encodeIfPresent(instance, forKey: .instance)
        try container.encode(code, forKey: .code)
        try container.encodeIfPresent(field, forKey: .field)
        try container.encodeIfPresent(hint, forKey: .hint)
    }
}
