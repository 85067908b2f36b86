using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Monitoring.Wire.Transparency;

/// <summary>
/// Ed25519 (RFC 8032), which the .NET libraries do not have. The only place that knows which
/// library has it.
/// </summary>
public static class Ed25519Signature
{
    public const int SeedBytes = 32;
    public const int PublicKeyBytes = 32;
    public const int Bytes = 64;

    public static byte[] PublicKeyOf(byte[] seed)
    {
        Invariant.That(seed.Length == SeedBytes);
        var key = new byte[PublicKeyBytes];
        Ed25519.GeneratePublicKey(seed, 0, key, 0);
        return key;
    }

    public static byte[] Sign(byte[] seed, byte[] message)
    {
        Invariant.That(seed.Length == SeedBytes);
        var signature = new byte[Bytes];
        Ed25519.Sign(seed, 0, message, 0, message.Length, signature, 0);
        return signature;
    }

    public static bool IsRight(byte[] publicKey, byte[] message, byte[] signature) =>
        publicKey.Length == PublicKeyBytes && signature.Length == Bytes
        && Ed25519.Verify(signature, 0, publicKey, 0, message, 0, message.Length);
}
