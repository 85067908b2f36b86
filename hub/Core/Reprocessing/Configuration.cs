using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Reprocessing;

/// <summary>A document and the file that it was in.</summary>
public sealed record NamedText(string File, string Text);

/// <summary>The documents of a configuration, as they were given.</summary>
/// <param name="Cluster">A cluster.yaml.</param>
/// <param name="Profiles">The profiles that it names.</param>
public sealed record ConfigurationText(NamedText Cluster, ImmutableArray<NamedText> Profiles)
{
    /// <summary>Follows from the texts, whatever their files are called.</summary>
    public string Id => ContentId.Of(
        ["configuration", Cluster.Text, .. Profiles.Select(profile => profile.Text)]);
}

/// <summary>Bindings and profiles under which stored readings can be worked out again.</summary>
public sealed record Configuration(
    ConfigurationText Text, ClusterMap Cluster, ImmutableDictionary<string, Profile> Profiles)
{
    public string Id => Text.Id;

    /// <summary>Null after adding every fault of all documents.</summary>
    public static Configuration? Read(ConfigurationText text, Faults faults)
    {
        var before = faults.All.Count;
        var profiles = ImmutableDictionary.CreateBuilder<string, Profile>();
        foreach (var (file, content) in text.Profiles)
        {
            if (ProfileReader.Read(file, content, faults) is { } profile
                && !profiles.TryAdd(profile.Id, profile))
            {
                faults.Add(
                    file, 0, $"profile '{profile.Id}' is there twice", "give one file of it");
            }
        }

        var cluster = ClusterReader.Read(
            text.Cluster.File, text.Cluster.Text, [.. profiles.Values], faults);
        return cluster is null || faults.All.Count > before
            ? null
            : new Configuration(text, cluster, profiles.ToImmutable());
    }

    /// <summary>What holds of a source at an instant; null where it is not bound.</summary>
    public (SourceBinding Source, Profile Profile)? At(string source, DateTimeOffset instant) =>
        Cluster.SourceAt(source, instant) is { } binding
            ? (binding, Profiles[binding.Profile])
            : null;
}
