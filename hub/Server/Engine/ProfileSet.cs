using Monitoring.Core.Averaging;

namespace Monitoring.Server.Engine;

/// <summary>The profiles that the cluster's sources name, by id.</summary>
public sealed class ProfileSet(IReadOnlyDictionary<string, Profile> profiles)
{
    public Profile this[string id] => profiles[id];

    /// <summary>The longest of their windows.</summary>
    public TimeSpan LongestWindow => profiles.Values.Max(profile => profile.Window);
}
