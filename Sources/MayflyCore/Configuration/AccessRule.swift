/// One line of the policy: who may ask for what, for how long.
package struct AccessRule: Hashable, Sendable {
    package var name: String
    package var who: [Principal]
    package var profiles: Set<ProfileName>
    /// Lowers the profile's own maximum; never raises it.
    package var maxTTL: TTL?

    package init(name: String, who: [Principal], profiles: Set<ProfileName>, maxTTL: TTL? = nil) {
        self.name = name
        self.who = who
        self.profiles = profiles
        self.maxTTL = maxTTL
    }
}
