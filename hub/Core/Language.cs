namespace Monitoring.Core;

/// <summary>The languages that members are written to in.</summary>
public enum Language
{
    English,
    Ukrainian,
}
