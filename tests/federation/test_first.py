from .words import item
from .world import COUNTRY, FIDDLING, FINLAND, THERE_FIDDLING


def test_it_works(world):
    world.element(FIDDLING, (COUNTRY, item(FINLAND)))
    plan = world.plan()
    print(plan.path.read_text())
    world.approve(plan)
    applied = world.apply(plan)
    print(applied)
    print(world.standing(THERE_FIDDLING))
    assert world.plan().counts.edits == 0
    print(world.verify())
    print(world.retract(FIDDLING))
    print(world.standing(THERE_FIDDLING))
