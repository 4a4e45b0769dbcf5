"""Works on images, with all stores in memory and the registry on 127.0.0.1."""

from collections.abc import Sequence
from pathlib import Path

from bench.archive import write_archive, write_layer
from bench.engines import Engine, run
from bench.registry import Registry
from bench.works import Work, clocked

NAME = "minbase:latest"
LAYERS = 8
INSECURE = {"podman": ("--tls-verify=false",)}  # the others know that 127.0.0.1 speaks plain HTTP


def twin(engine: Engine) -> Engine:
    """The same engine with fresh stores on tmpfs; podman wants its paths short."""
    directory = engine.place.parent / "memory"
    number = sum(1 for place in directory.iterdir() if place.name.startswith(engine.name))
    return engine.twin(directory / f"{engine.name}{number}")


def memory(engine: Engine) -> Path:
    """The directory in memory that all engines' worlds share."""
    return engine.place.parent


class InMemory(Work):
    """A work on Debian's minbase image in stores on tmpfs."""

    heavy = True
    minbase = True

    def prepare(self, engine: Engine) -> Engine:
        """The same engine with stores on tmpfs, and the archive, as `docker save` writes it."""
        world = twin(engine)
        world.start()
        if not self.archive(world).exists():
            write_archive([self.tar(world)], self.archive(world), [NAME])
        return world

    def tar(self, world: Engine) -> Path:
        """The root file system as debootstrap made it."""
        return memory(world).parent / "minbase.tar"

    def archive(self, world: Engine) -> Path:
        """The image as an archive."""
        return memory(world) / "minbase-image.tar"

    def load(self, world: Engine) -> None:
        """Put the image into the store of *world*."""
        run(world.argv("load", "-i", str(self.archive(world))), world.environment)

    def forget(self, world: Engine, name: str = NAME) -> None:
        """Remove the image again, outside of the measurement."""
        run(world.argv("rmi", name), world.environment)

    def undo(self, engine: Engine) -> None:
        """Stop what was started; the memory goes with the mount namespace."""
        engine.stop()


class Load(InMemory):
    """`load` of the archive."""

    def once(self, engine: Engine) -> float:
        """Load, and remove again."""
        took = clocked(engine.argv("load", "-i", str(self.archive(engine))), engine)
        self.forget(engine)
        return took


class Import(InMemory):
    """`import` of the root file system."""

    def once(self, engine: Engine) -> float:
        """Import, and remove again."""
        took = clocked(engine.argv("import", str(self.tar(engine)), NAME), engine)
        self.forget(engine)
        return took


class OfLoaded(InMemory):
    """A work that begins with the image in the store."""

    def prepare(self, engine: Engine) -> Engine:
        """Load it."""
        world = super().prepare(engine)
        self.load(world)
        return world


class Save(OfLoaded):
    """`save` into a file."""

    def once(self, engine: Engine) -> float:
        """Save, and remove the file."""
        target = engine.place / "saved.tar"
        took = clocked(engine.argv("save", "-o", str(target), NAME), engine)
        target.unlink()
        return took


class RemoveImage(InMemory):
    """`rmi` of an image that nothing else needs."""

    def once(self, engine: Engine) -> float:
        """Load, then remove."""
        self.load(engine)
        return clocked(engine.argv("rmi", NAME), engine)


class Export(OfLoaded):
    """`export` of a container that has the whole image and no change."""

    def prepare(self, engine: Engine) -> Engine:
        """Make the container."""
        world = super().prepare(engine)
        world.do("create", "--name", "whole", "--network", "none", NAME, "true")
        return world

    def once(self, engine: Engine) -> float:
        """Export to nowhere."""
        return clocked(engine.argv("export", "whole"), engine)


class Commit(OfLoaded):
    """`commit` of a container that wrote 100 MB over the image."""

    def prepare(self, engine: Engine) -> Engine:
        """Let the container write."""
        world = super().prepare(engine)
        fill = "head -c 100000000 /dev/urandom > /big"
        world.do("run", "--name", "changed", "--network", "none", NAME, "sh", "-c", fill)
        return world

    def once(self, engine: Engine) -> float:
        """Commit, and remove the new image."""
        took = clocked(engine.argv("commit", "changed", "changed:latest"), engine)
        self.forget(engine, "changed:latest")
        return took


class Pull(InMemory):
    """`pull` from a registry."""

    def __init__(self, name: str, words: Sequence[str], **limits: float) -> None:
        super().__init__(name, words, **limits)
        self.registries: dict[str, Registry] = {}

    def prepare(self, engine: Engine) -> Engine:
        """A registry that has the image."""
        world = super().prepare(engine)
        registry = self.registries[engine.name] = Registry(world.place / "registry")
        registry.fill(self.archive(world), NAME)
        return world

    def once(self, engine: Engine) -> float:
        """Pull, and remove again."""
        name = f"{self.registries[engine.name].host}/{NAME}"
        took = clocked(engine.argv("pull", *INSECURE.get(engine.name, ()), name), engine)
        self.forget(engine, name)
        return took

    def undo(self, engine: Engine) -> None:
        """Stop the registry too."""
        self.registries.pop(engine.name).stop()
        super().undo(engine)


class PullLayers(Pull):
    """`pull` of an image of eight layers."""

    def archive(self, world: Engine) -> Path:
        """Made when it is first asked for."""
        target = memory(world) / "layers-image.tar"
        if not target.exists():
            layers = [memory(world) / f"layer{number}.tar" for number in range(1, LAYERS)]
            for layer in layers:
                write_layer(layer, layer.stem, files=300, size=1 << 16)
            write_archive([self.tar(world), *layers], target, [NAME])
        return target


class Push(PullLayers):
    """`push` of the pulled image of eight layers into an empty registry."""

    def prepare(self, engine: Engine) -> Engine:
        """Pull it, and give it the name to push."""
        world = super().prepare(engine)
        host = self.registries[engine.name].host
        world.do("pull", *INSECURE.get(engine.name, ()), f"{host}/{NAME}")
        world.do("tag", f"{host}/{NAME}", f"{host}/pushed:latest")
        return world

    def once(self, engine: Engine) -> float:
        """Push it all."""
        registry = self.registries[engine.name]
        registry.empty()
        argv = engine.argv("push", *INSECURE.get(engine.name, ()), f"{registry.host}/pushed:latest")
        return clocked(argv, engine)


class ManyImages(Work):
    """`images` with 200 images of one layer."""

    heavy = True

    def prepare(self, engine: Engine) -> Engine:
        """In stores of their own, so that no other work sees them."""
        world = twin(engine)
        world.start()
        archive = memory(world) / "many-images.tar"
        if not archive.exists():
            write_archive([engine.place.parent / "rootfs.tar"], archive, [f"many:{n}" for n in range(200)])
        run(world.argv("load", "-i", str(archive)), world.environment)
        return world

    def undo(self, engine: Engine) -> None:
        """Stop what was started."""
        engine.stop()


IMAGE_WORKS: tuple[Work, ...] = (
    Load("load minbase", [], fastest=0.7),
    Import("import minbase", [], fastest=0.7),
    Save("save minbase", [], fastest=0.7),
    Export("export minbase", [], fastest=0.7),
    Pull("pull minbase", [], fastest=0.7),
    PullLayers("pull of 8 layers", [], fastest=0.7),
    Push("push of 8 layers", [], fastest=0.7),
    Commit("commit of 100 MB", [], fastest=0.35),
    RemoveImage("rmi minbase", [], fastest=0.5),
    ManyImages("images, 200 of them", ["images"], podman=0.7),
)
