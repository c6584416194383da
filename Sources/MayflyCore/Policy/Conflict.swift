/// Segregation of duties: profiles that nobody may hold together, or within some time of each other.
package struct Conflict: Hashable, Sendable, Codable {
    package var name: String
    package var profiles: Set<ProfileName>
    /// Seconds after the end of one in which the others are not given; 0 where they only exclude each other.
    package var within: Int

    package init(name: String, profiles: Set<ProfileName>, within: Int = 0) {
        self.name = name
        self.profiles = profiles
        self.within = within
    }
}
